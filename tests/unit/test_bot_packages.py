"""Bot packages: what can be published, and what is said about the rest."""

from pathlib import Path

import pytest

from conversations.adapters.engines.rules import Program, RuleEngine, read_program
from conversations.domain.bot import Bot, Remember, Say
from tests.builders import a_message, a_session_id, a_turn
from tools.bots import PackageError, main, read_package

SHIPPED = sorted((Path(__file__).parents[2] / "bots").glob("*.gbai"))

GOOD = """
name = "Support Bot"
description = "Knows the prices."

[greeting]
say = ["Hello!"]

[fallback]
say = ["Pardon?"]

[[rules]]
patterns = ["price", "how much"]
say = ["It is free."]
suggestions = ["Why?"]
"""


def a_package(folder: Path, rules: str | bytes = GOOD, *, name: str = "support.gbai") -> Path:
    package = folder / name
    package.mkdir()
    (package / "rules.toml").write_bytes(rules if isinstance(rules, bytes) else rules.encode())
    return package


def test_a_package_becomes_a_bot(tmp_path: Path) -> None:
    bot = read_package(a_package(tmp_path))

    assert (bot.id, bot.name, bot.description, bot.engine) == ("support", "Support Bot", "Knows the prices.", "rules")
    assert read_program(bot.program).rules[0].say == ("It is free.",)


def test_a_bot_needs_no_description_and_no_rules(tmp_path: Path) -> None:
    bot = read_package(
        a_package(tmp_path, 'name = "A"\nrules = []\ngreeting.say = ["Hi"]\nfallback.say = ["Pardon?"]\n')
    )

    assert bot.description == ""


@pytest.mark.parametrize("name", ["a.gbai", "bot-123.gbai", "0.gbai", "a" * 63 + ".gbai"])
def test_a_package_is_named_like_its_bot(name: str, tmp_path: Path) -> None:
    assert read_package(a_package(tmp_path, name=name)).id == name.removesuffix(".gbai")


@pytest.mark.parametrize(
    "name",
    ["support", "Support.gbai", "-a.gbai", ".gbai", "a b.gbai", "a#b.gbai", "a_b.gbai", "ä.gbai", "a" * 64 + ".gbai"],
)
def test_another_name_is_refused(name: str, tmp_path: Path) -> None:
    package = a_package(tmp_path, name=name)

    with pytest.raises(PackageError, match="a package is a folder named") as refusal:
        read_package(package)

    assert str(package) in str(refusal.value)


def changed(what: str, into: str) -> str:
    assert what in GOOD
    return GOOD.replace(what, into)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("name = ", "Invalid value"),
        (b"name = '\xff'", "utf-8"),
        ('name = "A"\nname = "B"', "Cannot overwrite"),
        (changed('name = "Support Bot"', ""), "name: Field required"),
        (changed('"Support Bot"', "5"), "name: Input should be a valid string"),
        (changed('"Support Bot"', '""'), "name: String should have at least 1 character"),
        (changed('"Support Bot"', '" "'), "name: String should have at least 1 character"),
        (changed('"Knows the prices."', "[]"), "description: Input should be a valid string"),
        (changed("[greeting]", "[welcome]"), "greeting: Field required"),
        (changed("[fallback]", "[sorry]"), "fallback: Field required"),
        (changed("[[rules]]", "[[rule]]"), "rule: Extra inputs are not permitted"),
        (changed('"Hello!"', ""), "greeting.say: Tuple should have at least 1 item"),
        (changed('"Hello!"', '"  "'), "greeting.say.0: String should have at least 1 character"),
        (changed('["Hello!"]', '"Hello!"'), "greeting.say: Input should be a valid tuple"),
        (changed('"Pardon?"', '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"'), "at most 10 items"),
        (changed('["price", "how much"]', "[]"), "rules.0.patterns: Tuple should have at least 1 item"),
        (changed('"how much"', "7"), "rules.0.patterns.1: Input should be a valid string"),
        (changed('"how much"', '"* ?!"'), "rules.0.patterns.1: Value error, has no words"),
        (changed("patterns =", "pattern ="), "rules.0.patterns: Field required"),
        (changed('["Why?"]', "[1]"), "rules.0.suggestions.0: Input should be a valid string"),
        (changed('"It is free."', '"' + "a" * 8_001 + '"'), "rules.0.say.0: String should have at most 8000"),
        (changed('name = "Support Bot"', 'name = "A"\nsince = 2024-01-15'), "since: Extra inputs are not permitted"),
    ],
)
def test_a_bad_package_is_refused_by_its_file_and_the_reason(rules: str | bytes, why: str, tmp_path: Path) -> None:
    package = a_package(tmp_path, rules)

    with pytest.raises(PackageError) as refusal:
        read_package(package)

    assert str(refusal.value).startswith(f"{package / 'rules.toml'}: ")
    assert why in str(refusal.value)


def test_all_faults_of_a_package_are_told_at_once(tmp_path: Path) -> None:
    rules = changed('"how much"', "7").replace("[greeting]", "[welcome]")

    with pytest.raises(PackageError) as refusal:
        read_package(a_package(tmp_path, rules))

    assert [line.split(": ")[1] for line in str(refusal.value).splitlines()] == [
        "greeting",
        "rules.0.patterns.1",
        "welcome",
    ]


def test_a_package_without_rules_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "empty.gbai"
    package.mkdir()

    with pytest.raises(PackageError, match=r"rules\.toml: No such file"):
        read_package(package)


def test_a_package_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="No such file"):
        read_package(tmp_path / "ghost.gbai")


def test_the_command_tells_of_a_fault_in_one_sentence_and_publishes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = a_package(tmp_path), a_package(tmp_path, "name = ", name="bad.gbai")

    # With a fault no AWS client is ever used: the sockets are banned here.
    assert main(["publish", "--table", "bots", str(good), str(bad)]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{bad / 'rules.toml'}: Invalid value")
    assert "Traceback" not in told.err


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["publish", "bots/default.gbai"])

    assert end.value.code == 2
    assert "--table" in capsys.readouterr().err


@pytest.mark.parametrize("package", SHIPPED, ids=lambda package: package.name)
def test_a_shipped_package_is_valid(package: Path) -> None:
    assert read_package(package).name


def test_the_default_bot_is_shipped() -> None:
    assert "default.gbai" in [package.name for package in SHIPPED]


def _suggestions(program: Program) -> set[str]:
    answers = (program.greeting, program.fallback, *program.rules)
    return {suggestion for answer in answers for suggestion in answer.suggestions}


def _answers(bot: Bot, content: str) -> tuple[str, ...]:
    turn = a_turn(bot, a_message(a_session_id(), content=content))
    events = list(RuleEngine().run(turn))
    assert all(isinstance(event, Say | Remember) for event in events)
    return tuple(event.utterance.content for event in events if isinstance(event, Say))


@pytest.mark.parametrize("package", SHIPPED, ids=lambda package: package.name)
def test_whatever_a_shipped_bot_suggests_it_can_answer(package: Path) -> None:
    bot = read_package(package)
    program = read_program(bot.program)
    rules = [rule.say for rule in program.rules]

    for suggestion in sorted(_suggestions(program)):
        assert _answers(bot, suggestion) in rules, f"{package.name} suggests {suggestion!r} and does not understand it"


@pytest.mark.parametrize("package", SHIPPED, ids=lambda package: package.name)
def test_every_rule_of_a_shipped_bot_can_be_reached(package: Path) -> None:
    bot = read_package(package)

    for rule in read_program(bot.program).rules:
        reached = [_answers(bot, pattern.replace("*", " ")) == rule.say for pattern in rule.patterns]
        assert all(reached), f"another rule of {package.name} answers {rule.patterns[reached.index(False)]!r}"
