"""The table of keywords: the parser reads what it lists, and the machine executes it."""

import pytest

from basic.hear import TYPES
from basic.keywords import KEYWORDS, Chapter, Role, find_keyword
from basic.machine.machine import SUPPORTED_COMMANDS
from tests.unit.basic.fake_host import diagnose


def test_every_keyword_has_forms_a_summary_and_a_chapter() -> None:
    wrong = [
        keyword.name
        for keyword in KEYWORDS
        if not keyword.forms or not keyword.summary.endswith(".") or keyword.chapter not in Chapter
    ]

    assert wrong == []


def test_every_command_has_a_handler_and_every_handler_a_command() -> None:
    commands = {keyword.name: keyword.chapter for keyword in KEYWORDS if keyword.role is Role.COMMAND}
    missing = [
        f"add the handler of {name} to basic/machine/{chapter}.py"
        for name, chapter in commands.items()
        if name not in SUPPORTED_COMMANDS
    ]
    listed = {keyword.name for keyword in KEYWORDS}
    unlisted = [f"add {name} to its chapter in basic/keywords" for name in SUPPORTED_COMMANDS - listed]

    assert missing + unlisted == []


def test_names_and_aliases_are_unique() -> None:
    names = [name for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases)]

    assert len(names) == len(set(names))


def test_words_of_unsupported_keywords_can_be_variables() -> None:
    names = [keyword.name.lower() for keyword in KEYWORDS if not keyword.is_supported and " " not in keyword.name]
    scripts = {
        name: f"{name} = [1]\n{name}[0] = 2\nTALK {name}[0] + UBOUND({name})\nx = {name}\nTALK x" for name in names
    }

    assert {name: diagnose(script) for name, script in scripts.items()} == {name: [] for name in names}


def test_every_type_of_hear_is_parsed() -> None:
    assert {name: diagnose(f"HEAR x AS {name.lower()}") for name in TYPES} == {name: [] for name in TYPES}


@pytest.mark.parametrize(
    ("alias", "name"),
    [("ADD TOOL", "USE TOOL"), ("ADD KB", "USE KB"), ("SEND EMAIL", "SEND MAIL"), ("LET", "SET")],
)
def test_keyword_is_found_by_an_alias(alias: str, name: str) -> None:
    keyword = find_keyword(alias)

    assert keyword is not None
    assert keyword.name == name
