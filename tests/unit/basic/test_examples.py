"""The examples of the reference: they are correct, and all supported keywords have some."""

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
from tests.unit.basic.example_player import deliver_webhook, play_example
from tests.unit.basic.fake_host import Dialog, diagnose
from tools import basic_examples
from tools.basic_examples import (
    Example,
    FailingCall,
    is_runnable,
    list_examples,
    list_failing_calls,
    list_problems,
)

EXAMPLES: dict[str, list[Example]] = defaultdict(list)
for _example in list_examples():
    EXAMPLES[_example.keyword].append(_example)
WITH_EXAMPLES = [keyword for keyword in KEYWORDS if is_runnable(keyword) and keyword.name in EXAMPLES]


def all_examples() -> list[Example]:
    return [example for examples in EXAMPLES.values() for example in examples]


def format_name(example: Example) -> str:
    return f"{example.keyword} {EXAMPLES[example.keyword].index(example) + 1}"


def test_every_keyword_and_function_has_examples_in_its_chapter() -> None:
    assert list_problems() == []


def test_missing_example_is_reported_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    keyword = next(keyword for keyword in KEYWORDS if keyword.name == "TALK")
    new_keyword = Keyword("SING", keyword.chapter, ("SING text",), "Sings.")
    monkeypatch.setattr(basic_examples, "KEYWORDS", (*KEYWORDS, new_keyword))

    sentence = 'SING has no example: add a section "# SING" to tools/basic_examples/dialog.md'
    assert sentence in list_problems()


def test_only_array_has_no_failing_call() -> None:
    # What functions return is in their own examples, which `functions/test_in_scripts.py` runs.
    assert {function.name for function in FUNCTIONS.values()} - {call.function for call in list_failing_calls()} == {
        "ARRAY"
    }


@pytest.mark.parametrize("example", [example for example in all_examples() if example.transcript], ids=format_name)
def test_example_has_its_transcript(example: Example) -> None:
    assert play_example(example) == example.transcript


@pytest.mark.parametrize("example", [example for example in all_examples() if not example.transcript], ids=format_name)
def test_webhook_example_has_its_response(example: Example) -> None:
    expected, actual = deliver_webhook(example)

    assert actual == expected


def test_examples_use_their_keyword() -> None:
    # As words of the script: texts and comments do not count.
    wrong = [format_name(example) for example in all_examples() if not uses_keyword(example)]

    assert wrong == []


def uses_keyword(example: Example) -> bool:
    keyword = next(keyword for keyword in KEYWORDS if keyword.name == example.keyword)
    names = [" ".join(name.split()[:2]).removesuffix("S") for name in (keyword.name, *keyword.aliases)]
    scripts = [" ".join(["", *list_signs(script)]) for script in example.scripts.values()]
    return any(f" {name}" in words for name in names for words in scripts)


def test_every_keyword_has_an_example_that_works_and_one_that_fails() -> None:
    wrong = [
        keyword.name
        for keyword in WITH_EXAMPLES
        if {example.shows_fault for example in EXAMPLES[keyword.name]} != {False, True}
    ]

    assert wrong == []


def test_examples_contain_the_words_of_every_form() -> None:
    wrong = [
        form
        for keyword in WITH_EXAMPLES
        for form in keyword.forms
        if not any(contains_in_order(script, list_signs_of_form(form)) for script in list_scripts(keyword))
    ]

    assert wrong == []


def list_scripts(keyword: Keyword) -> list[list[str]]:
    working = (example for example in EXAMPLES[keyword.name] if not example.shows_fault)
    return [list_signs(script) for example in working for script in example.scripts.values()]


def list_signs(script: str) -> list[str]:
    """Return the words and the commas of a script."""
    signs: list[str] = []
    for token in tokenize(script).tokens:
        if token.kind is TokenKind.NAME or token.text == ",":
            signs += (token.word or token.text).replace("_", " ").split()
        elif token.kind is TokenKind.BLOCK:
            signs += f"{token.word} END {token.word.removeprefix('BEGIN ')}".split()
    return signs


def list_signs_of_form(form: str) -> list[str]:
    """Return the words and the commas that a form requires."""
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", form)) != form:
        form = shorter
    return [sign for sign in re.findall(r"\b[A-Z]+\b|,", re.sub('"[^"]*"', "", form)) if sign != "TYPE"]


def contains_in_order(signs: list[str], wanted: list[str]) -> bool:
    """Return whether signs contain some others in their order."""
    remaining = iter(signs)
    return all(sign in remaining for sign in wanted)


def test_every_form_of_a_command_has_an_example() -> None:
    wrong = [
        f"{keyword.name}: {form}"
        for keyword in WITH_EXAMPLES
        if keyword.role is Role.COMMAND
        for form in FORMS[keyword.name]
        if not any(fits(form, slots) for slots in slots_in_examples(keyword))
    ]

    assert wrong == []


def slots_in_examples(keyword: Keyword) -> list[set[str]]:
    return [
        set(node.slots)
        for example in EXAMPLES[keyword.name]
        if not example.shows_fault
        for file, script in example.scripts.items()
        for node in walk(parse(file, script).tree)
        if isinstance(node, Command) and node.keyword == keyword.name
    ]


def fits(form: Form, slots: set[str]) -> bool:
    """Return whether slots include all that a form requires, and no others."""
    required = {part.name for part in form if isinstance(part, Slot)}
    optional = {
        part.name
        for group in form
        if isinstance(group, OptionalParts)
        for part in group.parts
        if isinstance(part, Slot)
    }
    return required <= slots <= required | optional


@pytest.mark.parametrize("call", list_failing_calls(), ids=lambda call: call.call)
def test_failing_call_has_its_error(call: FailingCall) -> None:
    script = f"x = 1\nTALK {call.call}"
    faults = diagnose(script)

    if faults:
        assert faults == [f"2:6 error: {call.fault}"]
    else:
        assert Dialog(script).fault == f"start.bas:2:6: {call.fault}"
