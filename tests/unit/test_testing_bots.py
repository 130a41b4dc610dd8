"""``conversations bots test``: conversations in text files that are run and compared."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.bots import SHIPPED
from tests.template import ROOT
from tools.__main__ import main
from tools.bots.packages import read_package
from tools.bots.testing.scenario import ScenarioError, parse_scenario

type Captured = pytest.CaptureFixture[str]

SCRIPT = 'HEAR name WITH "Who?"\nTALK "Hello " + name\nPRINT NOW()\nWAIT 2\nTALK GET USER MEMORY "size"\n'
TALK = "Bot: Who?\nYou: Ana\nBot: Hello Ana\n"


def write_package(folder: Path, script: str, **tests: str) -> Path:
    package = folder / "shop.gbai"
    (package / "shop.gbdialog").mkdir(parents=True)
    (package / "shop.gbdialog/start.bas").write_text(script)
    (package / "tests").mkdir()
    for name, text in tests.items():
        (package / f"tests/{name}.txt").write_text(text)
    return package


def run_tests(*arguments: str | Path) -> int:
    return main(["bots", "test", *map(str, arguments)])


def test_every_shipped_bot_has_tests_that_pass(capsys: Captured) -> None:
    assert run_tests(ROOT / "bots") == 0

    output = capsys.readouterr().out
    assert [folder.name for folder in SHIPPED if f"/{folder.name}/tests/" not in output] == []
    assert "FAILED" not in output


def test_difference_is_shown_and_the_exit_status_is_1(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(
        tmp_path, 'HEAR name WITH "Who?"\nTALK "Hi " + name', right=TALK.replace("Hello", "Hi"), wrong=TALK
    )

    assert run_tests(package) == 1

    assert capsys.readouterr().out.splitlines() == [
        f"ok      {package}/tests/right.txt",
        f"FAILED  {package}/tests/wrong.txt",
        "  --- expected",
        "  +++ actual",
        "  @@ -1,3 +1,3 @@",
        "   Bot: Who?",
        "   You: Ana",
        "  -Bot: Hello Ana",
        "  +Bot: Hi Ana",
        "1 passed, 1 failed",
    ]  # fmt: skip


def test_update_rewrites_what_fails_and_keeps_the_conditions(tmp_path: Path, capsys: Captured) -> None:
    head = "' It is Christmas.\nnow: 2030-12-24 18:30\nuser: ana\nuser-memory size: XL\n---\n"
    package = write_package(tmp_path, SCRIPT, long=f"{head}You: Ana\n", spaced=f"{TALK}\n\n")

    assert run_tests("--update", package) == 0
    assert "updated " in capsys.readouterr().out
    assert run_tests(package) == 0

    assert (package / "tests/long.txt").read_text() == (
        f"{head}Bot: Who?\nYou: Ana\n  (log: 2030-12-24 18:30:00)\nBot: Hello Ana\n  (2 seconds)\nBot: XL\n"
    )


def test_empty_lines_are_not_compared(tmp_path: Path) -> None:
    package = write_package(tmp_path, 'HEAR name WITH "Who?"\nTALK "Hello " + name', spaced=TALK.replace("\n", " \n\n"))
    before = (package / "tests/spaced.txt").read_text()

    assert run_tests("--update", package) == 0

    assert (package / "tests/spaced.txt").read_text() == before


def test_one_file_can_be_run(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "TALK 1", a="Bot: 1\n", b="Bot: 2\n")

    assert run_tests(package / "tests/a.txt") == 0

    assert capsys.readouterr().out.endswith("tests/a.txt\n1 passed\n")


WEB = """param-host: https://shop.example

GET https://shop.example/price
accept: text/plain
!authorization:
200 OK
Content-Type: application/json

{"price": 3}

POST https://shop.example/orders
201 Created

{"id": 7}
"""
ORDER = """SET HEADER "accept", "text/plain"
r = GET host + "/price"
TALK r.price
x = POST host + "/orders"
TALK x.data.id
"""


def test_requests_get_the_responses_of_the_file(tmp_path: Path) -> None:
    assert run_tests(write_package(tmp_path, ORDER, order=f"{WEB}---\nBot: 3\nBot: 7\n")) == 0


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            ORDER.replace("/orders", "/order"),
            "The request is POST {0}/order, and the test expects POST {0}/orders.",
        ),
        (
            ORDER.replace("text/plain", "text/html"),
            "The header accept of GET {0}/price is text/html, and the test expects text/plain.",
        ),
        (
            ORDER.replace('/orders"', '/orders", "x"'),
            "The body of POST {0}/orders is x, and the test expects none.",
        ),
        (ORDER.partition("x = ")[0], "The request POST {0}/orders was not made."),
        (f'{ORDER}y = GET host + "/more"\n', "The request GET {0}/more is not in the test."),
    ],
)
def test_other_requests_fail_the_test(script: str, reason: str, tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, script, order=f"{WEB}---\nBot: 3\nBot: 7\n")

    assert run_tests(package) == 1

    sentence = reason.format("https://shop.example")
    assert capsys.readouterr().out == f"FAILED  {package}/tests/order.txt\n  {sentence}\n0 passed, 1 failed\n"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (
            "colour: red",
            "`colour` is no setting of a test: now, user, group, model, user-memory NAME,",
        ),
        ("now: soon", "`now: soon` is no time, such as `2030-12-24 09:30`."),
        ("hello", "`hello` is no setting, such as `user: ana`, and no request."),
        ("GET https://shop.example/\n", "The request GET https://shop.example/ has no response, such as `200 OK`."),
    ],
)
def test_invalid_conditions_are_reported(head: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match="^" + reason.replace(".", r"\.").replace("?", r"\?")):
        parse_scenario(f"{head}\n---\nBot: 1\n")


def test_groups_and_replies_of_the_model_are_conditions(tmp_path: Path) -> None:
    script = (
        'TABLE staff READ BY "hr" WRITE BY "hr"\nid string key\nEND TABLE\nSAVE "staff", "a", #{}\n'
        'TALK LLM "Hi"\nTALK LLM "Again"\n'
    )
    package = write_package(tmp_path, script, model="group: hr\nmodel: One.\nmodel: Two.\n---\nBot: One.\nBot: Two.\n")
    (package / "shop.gbot").mkdir()
    (package / "shop.gbot/config.csv").write_text("name,value\nllm-model,none\n")

    assert run_tests(package) == 0


def test_free_text_for_the_model_has_a_remark(tmp_path: Path) -> None:
    package = write_package(tmp_path, 'TALK "Hi"', free="llm-model: some-model\n---\nYou: Tell me more\n")

    run_tests("--update", package)

    assert (package / "tests/free.txt").read_text().splitlines() == [
        "llm-model: some-model",
        "---",
        "Bot: Hi",
        "You: Tell me more",
        "  (log: warning: the bot's language model would answer this message; it is not asked here)",
        "Bot: I cannot answer that just now. Please try again later.",
    ]


def test_results_as_json_and_junit(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "TALK 1", a="Bot: 1\n", b="Bot: 2\n")

    assert run_tests("--format", "json", package) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert run_tests("--format", "junit", package) == 1
    suite = fromstring(capsys.readouterr().out)

    assert (first["passed"], first["reason"], second["passed"]) == (True, "", False)
    assert second["reason"].endswith("  -Bot: 2\n  +Bot: 1")
    assert suite.attrib == {"name": "bots", "tests": "2", "failures": "1"}
    assert [(case.get("classname"), case.get("name")) for case in suite] == [("shop.gbai", "a"), ("shop.gbai", "b")]
    assert [case.findtext("failure") for case in suite] == [None, second["reason"]]


def test_packages_with_errors_and_folders_without_tests(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "TALK (", a="Bot: 1\n")
    (tmp_path / "empty").mkdir()

    assert run_tests(package) == 1
    output = capsys.readouterr().out
    assert "start.bas:1:" in output
    assert output.endswith("shop: cannot be published: 1 error\n0 passed, 1 failed\n")

    assert run_tests(tmp_path / "empty") == 2
    assert capsys.readouterr().err == "There are no tests: files tests/*.txt in the folder of a package.\n"


def test_server_of_a_webhook_bot_is_not_tested_here(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "", a="Bot: 1\n")
    (package / "shop.gbdialog/start.bas").unlink()
    (package / "shop.gbot").mkdir()
    (package / "shop.gbot/config.csv").write_text(
        "name,value\nwebhook-url,https://shop.example/bot\nwebhook-secret,ssm:/shop\n"
    )

    assert run_tests(package) == 1

    assert "A webhook bot is its server" in capsys.readouterr().out


def test_tests_are_no_part_of_the_published_package(tmp_path: Path) -> None:
    package = write_package(tmp_path, "TALK 1")
    before = read_package(package)
    (package / "tests/large.txt").write_text("Bot: 1\n" * 2_000_000)
    (package / "tests/other.bas").write_text("TALK (")

    after = read_package(package)

    assert after.diagnostics == []
    assert after.package == before.package
