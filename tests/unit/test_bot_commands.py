"""Output and exit status of ``conversations bots``. Commands that need AWS are tested with moto."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bots import SHIPPED
from tests.template import ROOT
from tools.__main__ import main

type Captured = pytest.CaptureFixture[str]


def run_bots(*arguments: str | Path) -> int:
    return main(["bots", *map(str, arguments)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A package without scripts."""
    folder = tmp_path / "shop.gbai"
    (folder / "shop.gbdialog").mkdir(parents=True)
    return folder


def write_script(folder: Path, text: str) -> Path:
    path = folder / "shop.gbdialog/start.bas"
    path.write_text(text)
    return path


def test_check_lists_publishable_packages(capsys: Captured) -> None:
    assert run_bots("check", *SHIPPED) == 0

    names = [folder.name.removesuffix(".gbai") for folder in SHIPPED]
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(";")[0] for line in lines] == [f"{name}: can be published" for name in names]


def test_check_reports_all_diagnostics_of_all_packages(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    path = write_script(shop, 'TALK "Hello\nBOOK MEETING "a"\n')

    assert run_bots("check", shop, tmp_path / "ghost.gbai", ROOT / "bots/helper.gbai") == 1

    output = capsys.readouterr().out
    assert f'{path}:1:6: error: unterminated text: a `"` is missing at its end\n  TALK "Hello\n       ^\n' in output
    assert f"{path}:2:1: not supported: BOOK MEETING is not supported yet\n" in output
    assert f"{tmp_path / 'ghost.gbai'}: error: folder not found\n" in output
    assert output.splitlines()[-3:] == [
        "shop: cannot be published: 1 error",
        "ghost: cannot be published: 1 error",
        "helper: can be published",
    ]


def write_broken_package(shop: Path) -> Path:
    """A package in which one of three scripts has errors."""
    (shop / "shop.gbdialog/pay.bas").write_text('DESCRIPTION "Pays."\nx = UBOND([1])\nTALK FOO(1)\n')
    (shop / "shop.gbdialog/hours.bas").write_text('RETURN "9 to 5"\n')
    write_script(
        shop,
        'ADD SUGGESTION TOOL "pay" AS "Pay"\nADD SUGGESTION TOOL "hours" AS "Hours"\nTALK "Hi"\n',
    )
    return shop


def test_check_lists_the_scripts_that_would_be_skipped(shop: Path, capsys: Captured) -> None:
    assert run_bots("check", write_broken_package(shop)) == 1

    assert capsys.readouterr().out.splitlines()[-1] == "shop: can be published without pay.bas (2 errors)"


def test_check_reads_all_packages_below_a_folder(shop: Path, capsys: Captured) -> None:
    write_script(shop, "TALK 1")
    (shop.parent / "more/tea.gbai/tea.gbdialog").mkdir(parents=True)
    (shop.parent / "more/tea.gbai/tea.gbdialog/start.bas").write_text("TALK (")

    assert run_bots("check", shop.parent) == 1

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "tea: cannot be published: 1 error",
        "shop: can be published",
    ]


def test_package_in_a_package_is_the_package(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_script(shop, 'TALK "Hi"')
    outer = tmp_path / "more/bi.gbai"
    outer.mkdir(parents=True)
    shop.rename(outer / shop.name)

    for path in (outer, tmp_path / "more"):
        assert run_bots("check", path) == 0
        assert capsys.readouterr().out.splitlines() == ["shop: can be published"]
    (outer / "notes.txt").write_text("Not alone.")
    assert run_bots("check", outer) == 1


def test_check_of_a_script_knows_those_beside_it(shop: Path, capsys: Captured) -> None:
    path = write_script(write_broken_package(shop), 'CALL "hours"\nCALL "nothing"\n')

    assert run_bots("check", path) == 0
    output = capsys.readouterr().out
    assert f"{path}:2:1: warning: the bot has no script `nothing`" in output
    assert "hours" not in output
    assert output.endswith("start.bas: can be published\n")

    assert run_bots("check", shop / "shop.gbdialog") == 1
    assert capsys.readouterr().out.endswith("shop.gbdialog: can be published without pay.bas (2 errors)\n")


def test_check_prints_json(shop: Path, capsys: Captured) -> None:
    write_script(write_broken_package(shop), 'TALK "Hi"\nCALL "nothing"\n')

    assert run_bots("check", "--format", "json", "--errors-only", shop) == 1

    (result,) = json.loads(capsys.readouterr().out)
    assert (result["name"], result["publishable"], result["without"]) == ("shop", True, {"pay.bas": 2})
    assert [(each["line"], each["column"], each["severity"]) for each in result["diagnostics"]] == [
        (2, 5, "error"),
        (3, 6, "error"),
    ]
    assert result["diagnostics"][0]["message"] == "unknown function `UBOND`; did you mean `UBOUND`?"


def test_script_with_errors_is_skipped_if_the_author_asks_for_it(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_broken_package(shop)
    input_file = tmp_path / "answers.txt"
    input_file.write_text("Pay\nHours\n")

    assert run_bots("run", shop, "--input", input_file) == 1
    assert "shop: can be published without pay.bas (2 errors) with --skip-broken" in capsys.readouterr().err

    assert run_bots("run", shop, "--skip-broken", "--input", input_file) == 1
    output = capsys.readouterr()
    assert [line for line in output.out.splitlines() if not line.startswith(" ")] == [
        "Bot: Hi",
        "You: Pay",
        "Bot: Sorry, something went wrong on my side.",
        "You: Hours",
        "Bot: 9 to 5",
    ]
    assert "pay.bas:2:5: the script was published with an error: unknown function `UBOND`" in output.err


def test_two_packages_of_one_name_are_not_published(shop: Path, capsys: Captured) -> None:
    write_script(shop, "TALK 1")
    other = shop.parent / "copy" / shop.name
    shutil.copytree(shop, other)

    assert run_bots("publish", "--table", "bots", "--bucket", "bots", shop, other) == 1

    assert capsys.readouterr().err == "Several packages are named shop.\nNothing was published.\n"


def test_two_packages_of_one_name_are_an_error_of_check(shop: Path, capsys: Captured) -> None:
    write_script(shop, "TALK 1")
    shutil.copytree(shop, shop.parent / "copy" / shop.name)

    assert run_bots("check", shop.parent) == 1

    output = capsys.readouterr()
    assert output.out == "shop: can be published\nshop: can be published\n"
    assert output.err == "Several packages are named shop.\n"


def test_check_counts_the_kinds_of_mistakes(shop: Path, capsys: Captured) -> None:
    write_script(write_broken_package(shop), "TALK BAR(1)\nTALK UBOND([1])\nSEND MAIL 1, 2, 3\nx = y\n")

    assert run_bots("check", "--causes", "--errors-only", shop) == 1

    assert capsys.readouterr().out == "     4 in 2 files: error: unknown function …\n"


def test_run_shows_what_a_conversation_would(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_script(shop, 'TALK ""\nFOR i = 1 TO 100\nTALK i\nNEXT i\nHEAR x\nTALK RANDOM(1, 1000000000)\n')
    (tmp_path / "answers.txt").write_text("go\n")

    outputs = []
    for _ in range(2):
        assert run_bots("run", shop, "--input", tmp_path / "answers.txt") == 0
        outputs.append(capsys.readouterr().out.splitlines())

    # More than 64 messages are merged, and an empty one is not sent.
    assert outputs[0][:2] == ["Bot: 1", "2"]
    # Random numbers are not those of the run before.
    assert outputs[0][-1] != outputs[1][-1]


LIBRARIES = {"boto3", "botocore", "httpx2", "websockets", "uvicorn", "cryptography"}
PARTS = {
    "conversations.adapters", "conversations.contract", "conversations.services", "conversations.entrypoints",
    "conversations.engines.mcp", "conversations.engines.model.engine", "general_bots_conversations", "local",
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [("check", "bots"), ("run", "bots/default.gbai", "--input", os.devnull)], ids=lambda words: words[0]
)
def test_check_and_run_load_only_what_they_need(arguments: tuple[str, ...]) -> None:
    program = (
        "import json, sys\nfrom tools.__main__ import main\n"
        f"main(['bots', *{arguments!r}])\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((".", "layers/core", "layers/basic"))},
    )

    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert {name for name in LIBRARIES | PARTS if name in modules} == set()


def test_check_accepts_unsupported_features(shop: Path, capsys: Captured) -> None:
    write_script(shop, 'BOOK MEETING "1", "2"\n')

    assert run_bots("check", shop) == 0

    assert capsys.readouterr().out.endswith("shop: can be published\n")


def test_publish_does_not_use_aws_if_a_package_has_an_error(shop: Path, capsys: Captured) -> None:
    write_script(shop, "TALK (")

    # Sockets are disabled in unit tests, so a call to AWS would fail.
    assert run_bots("publish", "--table", "bots", "--bucket", "bots", ROOT / "bots/default.gbai", shop) == 1

    output = capsys.readouterr()
    assert output.out == ""
    assert "start.bas:1:" in output.err
    assert output.err.endswith("Nothing was published.\n")
    assert "Traceback" not in output.err


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (["publish", ROOT / "bots/default.gbai", "--bucket", "b"], "--table is missing."),
        (["list", "--table", "t"], "--bucket is missing."),
        (["list", "--endpoint-url", "http://localhost:1"], "--table and --bucket are missing."),
        (["secret", "x", "--endpoint-url", "http://localhost:1"], "--table is missing."),
    ],
)
def test_publish_target_requires_table_and_bucket(command: list[str | Path], missing: str, capsys: Captured) -> None:
    assert run_bots(*command) == 2
    assert capsys.readouterr().err == f"{missing}\n"


def test_error_without_local_stack_explains_the_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("STACK_JSON", str(tmp_path / "stack.json"))

    assert run_bots("list") == 2

    output = capsys.readouterr().err
    assert "`make up`" in output
    assert "--table" in output


def test_commands_use_the_stack_in_local_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.delenv("STACK_JSON", raising=False)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "second"))

    assert run_bots("list") == 2

    assert f"there is no {tmp_path / 'second/stack.json'}" in capsys.readouterr().err


def test_invalid_setting_of_the_local_stack_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.delenv("STACK_JSON", raising=False)
    monkeypatch.setenv("PORT", "none")

    assert run_bots("list") == 2

    assert capsys.readouterr().err == "PORT=none: not a port; expected a number from 1 to 65535.\n"


def test_file_that_describes_no_stack_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    file = tmp_path / "stack.json"
    file.write_text("not JSON")
    monkeypatch.setenv("STACK_JSON", str(file))

    assert run_bots("list") == 2

    assert capsys.readouterr().err == f"{file} does not describe a stack.\n"


@pytest.mark.parametrize("command", [["publish"], ["secret"], []])
def test_missing_arguments_print_the_usage(command: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as exit_info:
        run_bots(*command)

    assert exit_info.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_run_reads_messages_from_a_file(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_script(
        shop,
        'ADD SUGGESTION "Red"\nADD SUGGESTION "Green"\nHEAR colour WITH "Which colour?"\n'
        'HEAR size AS INTEGER WITH "How large?"\nWAIT 200\nPRINT size\nTALK colour + " " + size\n',
    )
    input_file = tmp_path / "answers.txt"
    input_file.write_text("2\n\n  nine \n1\nand now?\n")

    assert run_bots("run", shop, "--input", input_file) == 0

    output = capsys.readouterr()
    assert output.out.splitlines() == [
        "Bot: Which colour?",
        "  [1] Red",
        "  [2] Green",
        "You: 2",
        "Bot: How large?",
        "  - Red",
        "  - Green",
        "You: nine",
        "Bot: Please enter a whole number, such as 42.",
        "  - Red",
        "  - Green",
        "You: 1",
        "Bot: Green 1",
        "  [1] Red",
        "  [2] Green",
        "You: and now?",
        "Bot: My script has ended, and I have no language model to continue with.",
        "  [1] Red",
        "  [2] Green",
    ]
    assert output.err == "log: 1\n"


def test_run_reports_the_line_of_a_runtime_error_and_sends_a_generic_message(
    shop: Path, tmp_path: Path, capsys: Captured
) -> None:
    write_script(shop, "HEAR x\nTALK 1 / x\n")
    input_file = tmp_path / "answers.txt"
    input_file.write_text("0\n")

    assert run_bots("run", shop, "--input", input_file) == 1

    output = capsys.readouterr()
    assert output.out.splitlines()[-1] == "Bot: Sorry, something went wrong on my side."
    assert output.err.startswith("start.bas:2:")


@pytest.mark.parametrize(
    ("groups", "answer"), [([], "Bot: Sorry, something went wrong on my side."), (["sales", "hr"], "Bot: 1 paid 0")]
)
def test_run_applies_the_groups_of_the_user(shop: Path, groups: list[str], answer: str, capsys: Captured) -> None:
    write_script(
        shop,
        'TABLE staff READ BY "hr" WRITE BY "hr"\nid string key\nEND TABLE\n'
        'SAVE "staff", "paid", #{}\nrows = FIND staff\nTALK UBOUND(rows) + " " + rows[0].id + " 0"\n',
    )
    input_file = shop / "answers.txt"
    input_file.write_text("")
    group_options = [part for group in groups for part in ("--group", group)]

    assert run_bots("run", shop, "--input", input_file, *group_options) == (0 if groups else 1)

    output = capsys.readouterr()
    assert output.out.splitlines() == [answer]
    assert ("only hr may write the table staff" in output.err) is not bool(groups)


def test_run_calls_a_tool_only_without_pending_question(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    (shop / "shop.gbdialog/weigh.bas").write_text('RETURN "It weighs " + total + " kg."\n')
    write_script(
        shop, 'total = 3\nADD SUGGESTION TOOL "weigh" AS "Weigh it"\nx = HEAR "Which one?"\nTALK "You said " + x\n'
    )
    (tmp_path / "answers.txt").write_text("Weigh it\nweigh IT\n")

    assert run_bots("run", shop, "--input", tmp_path / "answers.txt") == 0

    # A pending HEAR has precedence over the tool. The name of the tool is not case-sensitive; its result is the answer.
    messages = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert messages == [
        "Bot: Which one?",
        "You: Weigh it",
        "Bot: You said Weigh it",
        "You: weigh IT",
        "Bot: It weighs 3 kg.",
    ]


def test_run_selects_tools_and_contexts_by_number(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    (shop / "shop.gbdialog/weigh.bas").write_text(
        'HEAR kilos AS INTEGER WITH "How heavy?"\nTALK kilos * 2.2 + " pounds"\n'
    )
    write_script(shop, 'ADD SUGGESTION TOOL "weigh" AS "Weigh it"\nADD SUGGESTION "sales" AS "Sales"\nTALK "Yes?"\n')
    input_file = tmp_path / "answers.txt"
    input_file.write_text("1\n10\n2\n")

    assert run_bots("run", shop, "--input", input_file) == 0

    messages = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]
    assert messages[:3] == ["Bot: Yes?", "Bot: How heavy?", "Bot: 22 pounds"]


def test_run_answers_by_rules(tmp_path: Path, capsys: Captured) -> None:
    input_file = tmp_path / "answers.txt"
    input_file.write_text("2\nxyzzy\nplugh\n")

    assert run_bots("run", ROOT / "bots/helper.gbai", "--input", input_file) == 0

    messages = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]
    assert messages[1].startswith("Bot: You pay per use")
    assert len({messages[2], messages[3]}) == 2, "the second fallback differs from the first"


def test_run_reads_messages_from_the_terminal_until_end_of_input(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    write_script(shop, 'name = HEAR "Your name?"\nWAIT 0\nTALK "Hello, " + name\nHEAR more\n')
    lines = iter(["Ana"])

    def read_line(_prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read_line)

    assert run_bots("run", shop) == 0

    assert capsys.readouterr().out == "Bot: Your name?\nBot: Hello, Ana\n\n"


def test_run_fails_for_a_package_with_an_error(shop: Path, capsys: Captured) -> None:
    write_script(shop, "TALK (")

    assert run_bots("run", shop) == 1

    output = capsys.readouterr()
    assert output.out == ""
    assert "start.bas:1:" in output.err


@pytest.mark.parametrize("keyword", ["USE KB", "CLEAR KB"])
def test_run_reports_and_ignores_an_unknown_knowledge_base(
    keyword: str, shop: Path, tmp_path: Path, capsys: Captured
) -> None:
    write_script(shop, f'HEAR name\n{keyword} name\nTALK "here"\n')
    (shop / "shop.gbkb/manuals").mkdir(parents=True)
    (shop / "shop.gbkb/manuals/a.md").touch()
    input_file = tmp_path / "answers.txt"
    for name in ("Manuals", "tea"):
        input_file.write_text(name)
        assert run_bots("run", shop, "--input", input_file) == 0

    output = capsys.readouterr()
    assert output.out.count("Bot: here") == 2
    assert f'start.bas:2:1: {keyword} is ignored: the bot has no knowledge base "tea"' in output.err


MEMBERS = 'HEAR topic\nHEAR who AS LOGIN WITH "Please sign in."\nTALK who + ": " + topic\n'


def test_run_signs_in_during_a_conversation(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_script(shop, MEMBERS)
    input_file = tmp_path / "answers.txt"
    input_file.write_text("a bill\nada?\n/sign-in ada\nhere I am\n")

    assert run_bots("run", shop, "--input", input_file) == 0

    output = capsys.readouterr().out.splitlines()
    assert output[:3] == ["You: a bill", "Bot: Please sign in.", "You: ada?"]
    assert output[4:] == ["You: /sign-in ada", "You: here I am", "Bot: ada: a bill"]


def test_run_starts_with_a_signed_in_user(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    write_script(shop, MEMBERS)
    input_file = tmp_path / "answers.txt"
    input_file.write_text("a bill\n")

    assert run_bots("run", shop, "--input", input_file, "--user", "ada") == 0

    assert capsys.readouterr().out.splitlines() == ["You: a bill", "Bot: ada: a bill"]


def test_run_signs_in_users_of_a_rule_bot(tmp_path: Path, capsys: Captured) -> None:
    input_file = tmp_path / "answers.txt"
    input_file.write_text("/sign-in eve\nxyzzy\n")

    assert run_bots("run", ROOT / "bots/helper.gbai", "--input", input_file, "--user", "ada") == 0

    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]) >= 2


def test_run_reports_the_line_that_exceeds_the_output_limit_of_a_turn(shop: Path, capsys: Captured) -> None:
    write_script(shop, f'TALK 1\nHEAR x\nFOR i = 1 TO 10000\nTALK "{"row" * 33}"\nNEXT\n')
    input_file = shop / "answers.txt"
    input_file.write_text("again\n")

    assert run_bots("run", shop, "--input", input_file) == 1

    assert capsys.readouterr().err.startswith("start.bas:4:1: the turn sends more than 64 messages of 8,000 characters")
