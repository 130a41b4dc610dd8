"""Bot packages: what can be published, and what is said about the rest."""

from pathlib import Path

import pytest

from basic.bundle import dump_bundle, load_bundle
from conversations.domain.bot import Bot
from conversations.domain.turn import SaveState, SendMessage
from conversations.engines.rules import Program, RuleEngine, read_program
from tests.bots import SHIPPED
from tests.builders import a_message, a_session_id, a_turn
from tools.bots import files
from tools.bots.packages import Package, read_package

RULE_BOTS = [folder for folder in SHIPPED if (folder / "rules.toml").exists()]

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


def read(folder: Path) -> Package:
    """Return a package that has no fault."""
    reading = read_package(folder)
    assert reading.faults == []
    assert reading.package is not None
    return reading.package


def faults_of(folder: Path) -> list[str]:
    """Return what is wrong with a package that cannot be published."""
    reading = read_package(folder)
    assert reading.package is None
    return reading.faults


# ---------------------------------------------------------------------------------------------- any package


def test_a_package_becomes_a_bot(tmp_path: Path) -> None:
    bot = read(a_package(tmp_path)).bot

    assert (bot.id, bot.name, bot.description, bot.engine) == ("support", "Support Bot", "Knows the prices.", "rules")
    assert read_program(bot.program).rules[0].say == ("It is free.",)


def test_a_bot_needs_no_description_and_no_rules(tmp_path: Path) -> None:
    package = a_package(tmp_path, 'name = "A"\nrules = []\ngreeting.say = ["Hi"]\nfallback.say = ["Pardon?"]\n')

    assert read(package).bot.description == ""


@pytest.mark.parametrize("name", ["a.gbai", "bot-123.gbai", "0.gbai", "a" * 63 + ".gbai"])
def test_a_package_is_named_like_its_bot(name: str, tmp_path: Path) -> None:
    assert read(a_package(tmp_path, name=name)).bot.id == name.removesuffix(".gbai")


@pytest.mark.parametrize(
    "name",
    ["support", "Support.gbai", "-a.gbai", ".gbai", "a b.gbai", "a#b.gbai", "a_b.gbai", "ä.gbai", "a" * 64 + ".gbai"],
)
def test_another_name_is_refused(name: str, tmp_path: Path) -> None:
    package = a_package(tmp_path, name=name)

    assert faults_of(package) == [f"{package}: error: a package is a folder named <bot>.gbai, in small letters"]


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

    told = faults_of(package)

    assert all(fault.startswith(f"{package / 'rules.toml'}: error: ") for fault in told)
    assert any(why in fault for fault in told)


def test_all_faults_of_a_package_are_told_at_once(tmp_path: Path) -> None:
    rules = changed('"how much"', "7").replace("[greeting]", "[welcome]")

    told = faults_of(a_package(tmp_path, rules))

    assert [fault.split(": ")[2] for fault in told] == ["greeting", "rules.0.patterns.1", "welcome"]


def test_an_empty_package_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "empty.gbai"
    package.mkdir()

    assert faults_of(package) == [f"{package}: error: there is no script in empty.gbdialog, and no rules.toml"]


def test_a_package_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "ghost.gbai") == [f"{tmp_path / 'ghost.gbai'}: error: there is no such folder"]


def test_the_default_bot_is_shipped_and_a_bot_of_rules() -> None:
    assert "default.gbai" in [package.name for package in SHIPPED]
    assert RULE_BOTS


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_package_is_valid(folder: Path) -> None:
    assert read(folder).bot.name


def _suggestions(program: Program) -> set[str]:
    answers = (program.greeting, program.fallback, *program.rules)
    return {suggestion for answer in answers for suggestion in answer.suggestions}


def _answers(bot: Bot, content: str) -> tuple[str, ...]:
    turn = a_turn(bot, a_message(a_session_id(), content=content))
    events = list(RuleEngine().run(turn))
    assert all(isinstance(event, SendMessage | SaveState) for event in events)
    return tuple(event.utterance.content for event in events if isinstance(event, SendMessage))


@pytest.mark.parametrize("package", RULE_BOTS, ids=lambda package: package.name)
def test_whatever_a_shipped_bot_suggests_it_can_answer(package: Path) -> None:
    bot = read(package).bot
    program = read_program(bot.program)
    rules = [rule.say for rule in program.rules]

    for suggestion in sorted(_suggestions(program)):
        assert _answers(bot, suggestion) in rules, f"{package.name} suggests {suggestion!r} and does not understand it"


@pytest.mark.parametrize("package", RULE_BOTS, ids=lambda package: package.name)
def test_every_rule_of_a_shipped_bot_can_be_reached(package: Path) -> None:
    bot = read(package).bot

    for rule in read_program(bot.program).rules:
        reached = [_answers(bot, pattern.replace("*", " ")) == rule.say for pattern in rule.patterns]
        assert all(reached), f"another rule of {package.name} answers {rule.patterns[reached.index(False)]!r}"


# ---------------------------------------------------------------------------------------------- dialogs


def a_dialog(folder: Path, *, config: str | None = None, **scripts: str) -> Path:
    """Write a package of scripts by their names."""
    package = folder / "shop.gbai"
    for name, text in scripts.items():
        written(package / f"shop.gbdialog/{name}.bas", text)
    if config is not None:
        written(package / "shop.gbot/config.csv", config)
    return package


def written(path: Path, content: str | bytes = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_dialog_becomes_a_bot_whose_program_is_a_version(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, config='name,value\nbot-name,Shop\naccess,"staff, admins"\n', start='TALK "Hello"')
    written(folder / "shop.gbkb/manuals/tea.md", "Tea.")

    package = read(folder)

    assert package.bundle is not None
    version = package.bundle.program.id
    assert (package.bot.id, package.bot.name, package.bot.engine) == ("shop", "Shop", "basic")
    assert package.bot.access == ("staff", "admins")
    assert package.bot.program == {"version": version, "key": f"shop/{version}.json"}
    assert package.bundle.collections == {"manuals"}
    assert load_bundle(dump_bundle(package.bundle)) == package.bundle


def test_without_a_configuration_it_is_called_like_its_id_and_is_for_everybody(tmp_path: Path) -> None:
    bot = read(a_dialog(tmp_path, start="TALK 1")).bot

    assert (bot.name, bot.description, bot.access) == ("shop", "", "public")


def test_any_change_is_another_version_and_the_same_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    versions = [
        read(folder).bot.program["version"]
        for folder in (
            a_dialog(tmp_path / "a", config="name,value\nerror-message,Oh\n", start="TALK 1"),
            a_dialog(tmp_path / "b", config="key,value\nError Message,Oh\n", start="TALK 1"),
            a_dialog(tmp_path / "c", config="name,value\nerror-message,Oh!\n", start="TALK 1"),
            a_dialog(tmp_path / "d", config="name,value\nerror-message,Oh\n", start="TALK 2"),
        )
    ]

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_every_fault_of_every_file_is_told_with_its_line_and_a_caret(tmp_path: Path) -> None:
    folder = a_dialog(
        tmp_path, config="name,value\naccess,\nbot-nam,Shop\n", start='TALK UBOND([1])\nCALL "helo"', hello="IF 1 THEN"
    )
    written(folder / "shop.gbdialog/broken.bas", b'TALK "ok"\nTALK "\xff"')
    scripts, config = folder / "shop.gbdialog", folder / "shop.gbot/config.csv"

    faults = faults_of(folder)

    assert faults == [
        f"{config}:2:1: error: `access` has no value\n  access,\n  ^",
        f"{config}:3:1: warning: unknown key `bot-nam`; did you mean `bot-name`?\n  bot-nam,Shop\n  ^",
        f"{scripts}/broken.bas: error: line 2 is not UTF-8",
        f"{scripts}/hello.bas:1:1: error: IF has no END IF\n  IF 1 THEN\n  ^",
        (
            f"{scripts}/start.bas:1:6: error: unknown function `UBOND`; did you mean `UBOUND`?\n"
            "  TALK UBOND([1])\n       ^"
        ),
        f'{scripts}/start.bas:2:1: error: the bot has no script `helo`; did you mean `hello`?\n  CALL "helo"\n  ^',
    ]


def test_what_is_not_supported_is_told_and_keeps_nobody_from_publishing(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, config="name,value\nllm-key,secret\n", start='SEND MAIL "a", "b", "c"')
    for name in ("shop.gbot/PROMPT.md", "shop.gbtheme/shop.css", "shop.gbdrive/a.txt"):
        written(folder / name)

    reading = read_package(folder)

    assert reading.package is not None
    assert reading.package.bundle is not None
    assert reading.package.bundle.config == {}, "a secret that is not used is not published"
    assert [fault.splitlines()[0].removeprefix(f"{folder}/shop.") for fault in reading.faults] == [
        "gbot/config.csv:2:1: not supported: `llm-key` is not supported yet",
        "gbot/PROMPT.md: not supported: a prompt is not used yet, there is no language model",
        "gbdrive: not supported: this folder is not used yet",
        "gbtheme: not supported: this folder is not used yet",
        "gbdialog/start.bas:1:1: not supported: SEND MAIL is not supported yet",
    ]


def test_what_looks_forgotten_is_warned_of(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, help='TALK "?"')
    written(folder / "shop.gbdialog/notes.txt")
    written(folder / "shop.gbkb/loose.md")

    reading = read_package(folder)

    assert reading.package is not None
    assert [fault.removeprefix(f"{folder}/shop.") for fault in reading.faults] == [
        "gbkb/loose.md: warning: this file is in no collection: collections are folders",
        "gbdialog/notes.txt: warning: this is no script: scripts end in .bas",
        "gbdialog: warning: there is no start.bas, so the bot never speaks first",
    ]


def test_folders_are_named_like_the_bot(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start="TALK 1")
    written(folder / "store.gbot/config.csv", "name,value\n")

    assert faults_of(folder) == [f"{folder}/store.gbot: error: this must be named shop.gbot, like the bot"]


def test_a_bot_is_rules_or_scripts(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start="TALK 1")
    written(folder / "rules.toml", GOOD)

    assert faults_of(folder) == [f"{folder}: error: a bot has a rules.toml or a shop.gbdialog, and this one has both"]


def test_scripts_in_folders_are_found_and_called_by_their_names(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start='CALL "later"')
    written(folder / "shop.gbdialog/more/later.bas", "\ufeffTALK 1")

    bundle = read(folder).bundle

    assert bundle is not None
    assert {name: script.file for name, script in bundle.program.scripts.items()} == {
        "start": "start.bas",
        "later": "more/later.bas",
    }


def test_the_configuration_gives_scripts_their_variables(tmp_path: Path) -> None:
    config = "name,value\nparam-first-hour,9\n"

    (fault,) = read_package(a_dialog(tmp_path, config=config, start="TALK first_hour\nTALK first_hor")).faults

    assert "start.bas:2:6: warning: `first_hor` is never assigned; did you mean `first_hour`?" in fault


def test_a_knowledge_base_that_the_package_lacks_is_an_error(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start='USE KB "manuals"\nUSE KB "tea"')
    written(folder / "shop.gbkb/manuals/a.md")

    (fault,) = faults_of(folder)

    assert "start.bas:2:8: error: the bot has no knowledge base `tea`" in fault


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("MOST_BYTES", "{folder}: error: the package is larger than 0 MB"),
        ("MOST_FILE_BYTES", "{folder}/shop.gbkb/manuals/a.md: error: this file is larger than 0 MB"),
        ("MOST_SCRIPT_BYTES", "{folder}/shop.gbdialog/start.bas: error: this script is larger than 0 MB"),
        ("MOST_FILES", "{folder}: error: a package has at most 1 files, this one has 2"),
    ],
)
def test_a_package_at_its_limits_is_published_and_beyond_them_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, told: str
) -> None:
    folder = a_dialog(tmp_path, start="TALK 1")
    written(folder / "shop.gbkb/manuals/a.md", "123456")
    written(folder / ".git/objects", "is no part of it" * 100)
    size = {"MOST_BYTES": 12, "MOST_FILES": 2}.get(limit, 6)

    monkeypatch.setattr(files, limit, size)
    read(folder)
    monkeypatch.setattr(files, limit, size - 1)

    assert faults_of(folder) == [told.format(folder=folder)]


def test_the_limits_are_those_of_the_family() -> None:
    assert files.MOST_BYTES == 100 * 1024 * 1024
    assert files.MOST_FILE_BYTES == 10 * 1024 * 1024
    assert files.MOST_SCRIPT_BYTES == 1024 * 1024
    assert files.MOST_FILES == 1_000
    assert files.MOST_COLLECTIONS == 50


def test_more_than_fifty_collections_are_refused(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start="TALK 1")
    for number in range(51):
        written(folder / f"shop.gbkb/c{number}/a.md")

    assert faults_of(folder) == [f"{folder}/shop.gbkb: error: a package has at most 50 collections, this one has 51"]


def test_a_link_that_leads_out_of_the_package_is_refused(tmp_path: Path) -> None:
    folder = a_dialog(tmp_path, start="TALK 1")
    outside = written(tmp_path / "outside/secret.bas", "TALK 2")
    (folder / "shop.gbdialog/secret.bas").symlink_to(outside)
    (folder / "shop.gbkb").symlink_to(outside.parent)

    assert faults_of(folder) == [
        f"{folder}/shop.gbkb: error: this is a link, and a package holds its files itself",
        f"{folder}/shop.gbdialog/secret.bas: error: this is a link, and a package holds its files itself",
    ]
