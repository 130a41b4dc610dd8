"""The one table: what it promises, the parser reads and the machine does."""

import pytest

from basic.hear import TYPES
from basic.keywords import KEYWORDS, Group, Keyword, Role, keyword_of
from basic.machine.machine import KEYWORDS_WITH_HANDLERS
from tests.unit.basic.world import diagnose

LATER = [keyword for keyword in KEYWORDS if not keyword.supported]


@pytest.mark.parametrize("keyword", KEYWORDS, ids=lambda keyword: keyword.name)
def test_every_keyword_says_what_it_is(keyword: Keyword) -> None:
    assert keyword.forms
    assert keyword.doc.endswith(".")
    assert keyword.group in Group


def test_what_has_a_form_has_a_handler_and_the_other_way_round() -> None:
    assert {keyword.name for keyword in KEYWORDS if keyword.role is Role.COMMAND} == KEYWORDS_WITH_HANDLERS


def test_no_name_means_two_keywords() -> None:
    names = [name for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("keyword", [each for each in LATER if " " not in each.name], ids=lambda keyword: keyword.name)
def test_its_word_may_still_be_a_variable(keyword: Keyword) -> None:
    name = keyword.name.lower()

    assert diagnose(f"{name} = [1]\n{name}[0] = 2\nTALK {name}[0] + UBOUND({name})\nx = {name}\nTALK x") == []


def test_every_type_of_hear_is_read() -> None:
    for name in TYPES:
        assert diagnose(f"HEAR x AS {name.lower()}") == []


@pytest.mark.parametrize(
    ("alias", "name"),
    [("ADD TOOL", "USE TOOL"), ("ADD KB", "USE KB"), ("SEND EMAIL", "SEND MAIL"), ("LET", "SET")],
)
def test_a_keyword_has_other_names(alias: str, name: str) -> None:
    found = keyword_of(alias)
    assert found is not None
    assert found.name == name
