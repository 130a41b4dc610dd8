"""``conversations bots check`` and ``run``: what they print, and how they end. What needs AWS is tested with moto."""

from pathlib import Path

import pytest

from tests.bots import SHIPPED
from tests.template import ROOT
from tools.__main__ import main

type Captured = pytest.CaptureFixture[str]


def bots(*arguments: str | Path) -> int:
    return main(["bots", *map(str, arguments)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A package, to be filled with scripts."""
    folder = tmp_path / "shop.gbai"
    (folder / "shop.gbdialog").mkdir(parents=True)
    return folder


def script(folder: Path, text: str) -> Path:
    path = folder / "shop.gbdialog/start.bas"
    path.write_text(text)
    return path


def test_check_says_what_can_be_published(capsys: Captured) -> None:
    assert bots("check", *SHIPPED) == 0

    names = ", ".join(folder.name.removesuffix(".gbai") for folder in SHIPPED)
    assert capsys.readouterr().out == f"can be published: {names}\n"


def test_check_shows_every_fault_of_every_package(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    path = script(shop, 'TALK "Hello\nCREATE TASK "a"\n')

    assert bots("check", shop, tmp_path / "ghost.gbai", ROOT / "bots/helper.gbai") == 1

    told = capsys.readouterr().out
    assert f'{path}:1:6: error: unterminated text: a `"` is missing at its end\n  TALK "Hello\n       ^\n' in told
    assert f"{path}:2:1: not supported: CREATE TASK is not supported yet\n" in told
    assert f"{tmp_path / 'ghost.gbai'}: error: there is no such folder\n" in told
    assert "can be published" not in told


def test_what_is_not_supported_fails_no_check(shop: Path, capsys: Captured) -> None:
    script(shop, 'SEND SMS "1", "2"\n')

    assert bots("check", shop) == 0

    assert capsys.readouterr().out.endswith("can be published: shop\n")


def test_nothing_is_asked_of_aws_when_one_package_has_an_error(shop: Path, capsys: Captured) -> None:
    script(shop, "TALK (")

    # With an error no AWS client is ever used: the sockets are banned here.
    assert bots("publish", "--table", "bots", "--bucket", "bots", ROOT / "bots/default.gbai", shop) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert "start.bas:1:" in told.err
    assert told.err.endswith("Nothing was published.\n")
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (["publish", ROOT / "bots/default.gbai", "--bucket", "b"], "--table is missing."),
        (["list", "--table", "t"], "--bucket is missing."),
        (["list", "--endpoint-url", "http://localhost:1"], "--table and --bucket are missing."),
        (["secret", "x", "--endpoint-url", "http://localhost:1"], "--table is missing."),
    ],
)
def test_half_a_place_is_none(command: list[str | Path], missing: str, capsys: Captured) -> None:
    assert bots(*command) == 2
    assert capsys.readouterr().err == f"{missing}\n"


def test_where_no_local_stack_runs_one_is_told_how_to_name_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("STACK_JSON", str(tmp_path / "stack.json"))

    assert bots("list") == 2

    told = capsys.readouterr().err
    assert "`make up`" in told
    assert "--table" in told


@pytest.mark.parametrize("command", [["publish"], ["secret"], []])
def test_the_command_says_how_it_is_used(command: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        bots(*command)

    assert end.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_run_plays_a_dialog_by_its_answers(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    script(
        shop,
        'ADD SUGGESTION "Red"\nADD SUGGESTION "Green"\nHEAR colour WITH "Which colour?"\n'
        'HEAR size AS INTEGER WITH "How large?"\nWAIT 200\nPRINT size\nTALK colour + " " + size\n',
    )
    answers = tmp_path / "answers.txt"
    answers.write_text("2\n\n  nine \n1\nand now?\n")

    assert bots("run", shop, "--input", answers) == 0

    told = capsys.readouterr()
    assert told.out.splitlines() == [
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
    assert told.err == "log: 1\n"


def test_run_says_where_a_script_breaks_and_the_user_gets_one_sentence(
    shop: Path, tmp_path: Path, capsys: Captured
) -> None:
    script(shop, "HEAR x\nTALK 1 / x\n")
    answers = tmp_path / "answers.txt"
    answers.write_text("0\n")

    assert bots("run", shop, "--input", answers) == 1

    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "Bot: Sorry, something went wrong on my side."
    assert told.err.startswith("start.bas:2:")


@pytest.mark.parametrize(
    ("groups", "said"), [([], "Bot: Sorry, something went wrong on my side."), (["sales", "hr"], "Bot: 1 paid 0")]
)
def test_run_plays_somebody_of_some_groups(shop: Path, groups: list[str], said: str, capsys: Captured) -> None:
    script(
        shop,
        'TABLE staff READ BY "hr" WRITE BY "hr"\nid string key\nEND TABLE\n'
        'SAVE "staff", "paid", #{}\nrows = FIND staff\nTALK UBOUND(rows) + " " + rows[0].id + " 0"\n',
    )
    answers = shop / "answers.txt"
    answers.write_text("")
    named = [part for group in groups for part in ("--group", group)]

    assert bots("run", shop, "--input", answers, *named) == (0 if groups else 1)

    told = capsys.readouterr()
    assert told.out.splitlines() == [said]
    assert ("only hr may write the table staff" in told.err) is not bool(groups)


def test_run_answers_as_the_deployed_bot_does_when_a_tool_is_picked(
    shop: Path, tmp_path: Path, capsys: Captured
) -> None:
    (shop / "shop.gbdialog/weigh.bas").write_text('RETURN "It weighs " + total + " kg."\n')
    script(shop, 'total = 3\nADD SUGGESTION TOOL "weigh" AS "Weigh it"\nx = HEAR "Which one?"\nTALK "You said " + x\n')
    (tmp_path / "answers.txt").write_text("Weigh it\nweigh IT\n")

    assert bots("run", shop, "--input", tmp_path / "answers.txt") == 0

    # What waits comes first; then the tool runs, whatever the case, and what it returns is its answer.
    said = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert said == [
        "Bot: Which one?",
        "You: Weigh it",
        "Bot: You said Weigh it",
        "You: weigh IT",
        "Bot: It weighs 3 kg.",
    ]


def test_run_plays_the_tool_and_the_context_that_are_picked(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    (shop / "shop.gbdialog/weigh.bas").write_text(
        'HEAR kilos AS INTEGER WITH "How heavy?"\nTALK kilos * 2.2 + " pounds"\n'
    )
    script(shop, 'ADD SUGGESTION TOOL "weigh" AS "Weigh it"\nADD SUGGESTION "sales" AS "Sales"\nTALK "Yes?"\n')
    answers = tmp_path / "answers.txt"
    answers.write_text("1\n10\n2\n")

    assert bots("run", shop, "--input", answers) == 0

    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]
    assert said[:3] == ["Bot: Yes?", "Bot: How heavy?", "Bot: 22 pounds"]


def test_run_plays_rules(tmp_path: Path, capsys: Captured) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("2\nxyzzy\nplugh\n")

    assert bots("run", ROOT / "bots/helper.gbai", "--input", answers) == 0

    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]
    assert said[1].startswith("Bot: You pay per use")
    assert len({said[2], said[3]}) == 2, "it remembers how often it did not know"


def test_run_talks_with_who_sits_there_until_they_leave(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    script(shop, 'name = HEAR "Your name?"\nWAIT 0\nTALK "Hello, " + name\nHEAR more\n')
    typed = iter(["Ana"])

    def answer(_prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)

    assert bots("run", shop) == 0

    assert capsys.readouterr().out == "Bot: Your name?\nBot: Hello, Ana\n\n"


def test_run_refuses_a_package_with_an_error(shop: Path, capsys: Captured) -> None:
    script(shop, "TALK (")

    assert bots("run", shop) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert "start.bas:1:" in told.err


@pytest.mark.parametrize("keyword", ["USE KB", "CLEAR KB"])
def test_run_refuses_a_knowledge_base_that_is_not_there_where_it_is_named(
    keyword: str, shop: Path, tmp_path: Path, capsys: Captured
) -> None:
    script(shop, f'HEAR name\n{keyword} name\nTALK "here"\n')
    (shop / "shop.gbkb/manuals").mkdir(parents=True)
    (shop / "shop.gbkb/manuals/a.md").touch()
    answers = tmp_path / "answers.txt"
    for name, status in (("Manuals", 0), ("tea", 1)):
        answers.write_text(name)
        assert bots("run", shop, "--input", answers) == status

    assert 'start.bas:2:1: the bot has no knowledge base "tea"' in capsys.readouterr().err


MEMBERS = 'HEAR topic\nHEAR who AS LOGIN WITH "Please sign in."\nTALK who + ": " + topic\n'


def test_run_lets_a_visitor_sign_in_between_question_and_answer(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    script(shop, MEMBERS)
    answers = tmp_path / "answers.txt"
    answers.write_text("a bill\nada?\n/sign-in ada\nhere I am\n")

    assert bots("run", shop, "--input", answers) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[:3] == ["You: a bill", "Bot: Please sign in.", "You: ada?"]
    assert told[4:] == ["You: /sign-in ada", "You: here I am", "Bot: ada: a bill"]


def test_run_plays_with_a_user_who_is_signed_in_already(shop: Path, tmp_path: Path, capsys: Captured) -> None:
    script(shop, MEMBERS)
    answers = tmp_path / "answers.txt"
    answers.write_text("a bill\n")

    assert bots("run", shop, "--input", answers, "--user", "ada") == 0

    assert capsys.readouterr().out.splitlines() == ["You: a bill", "Bot: ada: a bill"]


def test_run_plays_rules_with_whoever_is_signed_in(tmp_path: Path, capsys: Captured) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("/sign-in eve\nxyzzy\n")

    assert bots("run", ROOT / "bots/helper.gbai", "--input", answers, "--user", "ada") == 0

    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("Bot: ")]) >= 2


def test_run_says_where_a_script_says_more_than_a_conversation_holds(shop: Path, capsys: Captured) -> None:
    script(shop, f'TALK 1\nHEAR x\nFOR i = 1 TO 10000\nTALK "{"row" * 33}"\nNEXT\n')
    answers = shop / "answers.txt"
    answers.write_text("again\n")

    assert bots("run", shop, "--input", answers) == 1

    assert capsys.readouterr().err.startswith(
        "start.bas:4:1: the turn says more than 64 messages of 8,000 characters hold"
    )
