"""The examples of the reference: they do what they say, and there are some of everything that is supported."""

import re
from collections import defaultdict

import pytest

from basic.functions import FUNCTIONS
from basic.keywords import KEYWORDS, Keyword, Role
from basic.syntax.forms import FORMS, Form, OptionalParts, Slot
from basic.syntax.lexer import tokenize
from basic.syntax.parse import parse
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Command
from basic.syntax.tree.walk import walk
from tests.unit.basic.playing import delivered, told
from tests.unit.basic.world import Dialog, diagnose
from tools.basic_examples import Example, Failing, examples, failing, sections
from tools.basic_reference import runs

EXAMPLES = tuple(examples())
RUNNING = [keyword for keyword in KEYWORDS if runs(keyword)]
OF: dict[str, list[Example]] = defaultdict(list)
for _example in EXAMPLES:
    OF[_example.keyword].append(_example)

each_keyword = pytest.mark.parametrize("keyword", RUNNING, ids=lambda keyword: keyword.name)


def name_of(example: Example) -> str:
    return f"{example.keyword} {OF[example.keyword].index(example) + 1}"


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.told], ids=name_of)
def test_what_stands_below_an_example_happens(example: Example) -> None:
    assert told(example) == example.told


@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.told], ids=name_of)
def test_a_webhook_answers_what_stands_below_it(example: Example) -> None:
    expected, got = delivered(example)

    assert got == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_is_one_of_its_keyword(example: Example) -> None:
    # As words of the script: what stands in texts and comments does not count.
    (keyword,) = (each for each in KEYWORDS if each.name == example.keyword)
    names = [" ".join(name.split()[:2]).removesuffix("S") for name in (keyword.name, *keyword.aliases)]
    scripts = [" ".join(["", *signs_of(script)]) for script in example.scripts.values()]

    assert any(f" {name}" in words for name in names for words in scripts)


def test_there_are_examples_of_keywords_only() -> None:
    assert sections().keys() == {keyword.name for keyword in RUNNING}


@each_keyword
def test_every_keyword_has_an_example_of_what_it_does_and_of_what_goes_wrong(keyword: Keyword) -> None:
    assert {example.fails for example in OF[keyword.name]} == {False, True}


@each_keyword
def test_the_words_of_every_form_stand_in_an_example(keyword: Keyword) -> None:
    running = (example for example in OF[keyword.name] if not example.fails)
    scripts = [signs_of(script) for example in running for script in example.scripts.values()]

    for form in keyword.forms:
        wanted = signs_of_form(form)
        assert any(stands_in(wanted, script) for script in scripts), form


def signs_of(script: str) -> list[str]:
    """Return the words and the commas of a script."""
    found: list[str] = []
    for token in tokenize(script).tokens:
        if token.kind is TokenKind.NAME or token.text == ",":
            found += (token.word or token.text).replace("_", " ").split()
        elif token.kind is TokenKind.BLOCK:
            found += f"{token.word} END {token.word.removeprefix('BEGIN ')}".split()
    return found


def signs_of_form(form: str) -> list[str]:
    """Return the words and the commas that a form always has."""
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", form)) != form:
        form = shorter
    return [sign for sign in re.findall(r"\b[A-Z]+\b|,", re.sub('"[^"]*"', "", form)) if sign != "TYPE"]


def stands_in(wanted: list[str], signs: list[str]) -> bool:
    """Tell whether some signs stand among others, in their order."""
    left = iter(signs)
    return all(sign in left for sign in wanted)


@each_keyword
def test_every_form_of_a_keyword_has_an_example(keyword: Keyword) -> None:
    if keyword.role is not Role.COMMAND:
        return
    written = [
        node.slots.keys()
        for example in OF[keyword.name]
        if not example.fails
        for file, script in example.scripts.items()
        for node in walk(parse(file, script).tree)
        if isinstance(node, Command) and node.keyword == keyword.name
    ]

    for form in FORMS[keyword.name]:
        needed, possible = slots_of(form)
        assert any(needed <= slots <= possible for slots in written), form


def slots_of(form: Form) -> tuple[set[str], set[str]]:
    """Return the slots that a form has always, and those that it can have."""
    needed = {part.name for part in form if isinstance(part, Slot)}
    optional = {
        part.name
        for group in form
        if isinstance(group, OptionalParts)
        for part in group.parts
        if isinstance(part, Slot)
    }
    return needed, needed | optional


# ------------------------------------------------------------------------------------------------ functions


@pytest.mark.parametrize("call", failing(), ids=lambda call: call.call)
def test_a_call_fails_with_its_sentence(call: Failing) -> None:
    script = f"x = 1\nTALK {call.call}"
    found = diagnose(script)

    if found:
        assert found == [f"2:6 error: {call.fault}"]
    else:
        assert Dialog(script).fault == f"start.bas:2:6: {call.fault}"


def test_every_function_that_can_fail_has_a_call_that_does() -> None:
    # What it does stands in its own example, which `functions/test_in_scripts.py` runs.
    can_fail = {each.name for each in FUNCTIONS.values() if each.min_args > 0 or each.max_args is not None}

    assert {each.function for each in failing()} == can_fail
    assert {each.name for each in FUNCTIONS.values()} - can_fail == {"ARRAY"}
