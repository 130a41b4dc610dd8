"""Values that are filled into texts and conditions with ``${expression}``."""

import pytest

from basic.host import Bound
from basic.syntax.parser.texts import MAX_UNFILLED
from tests.cpu_time import takes_at_most
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose, play_script

SETUP = 'who = "Ana"\nm = #{k: 2.5}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello ${who}!", "Hello Ana!"),
        ("${who}${m.k}", "Ana2.5"),
        ("${ 1 + 2 }", "3"),
        ("[${unset}]", "[]"),
        (r"\${who}", "${who}"),
        (r"\\${who}", r"\Ana"),
        (r"a\t${who}\n", "a\tAna\n"),
        ('a ""b"" ${who}', 'a "b" Ana'),
        ('${m[""k""]}', "2.5"),
        (r"${m[\"k\"]}", "2.5"),
        (r"${\"}\"}!", "}!"),
        ('${FORMAT(m.k, ""0.00"")}', "2.50"),
        ("costs $5 {who} $who", "costs $5 {who} $who"),
        ("open ${ and ${} and ${a b} ${who", "open ${ and ${} and ${a b} ${who"),
        ("${a b} ${who}", "${a b} Ana"),
    ],
)
def test_expressions_in_texts_are_filled_in(text: str, message: str) -> None:
    assert play_script(f'{SETUP}TALK "{text}"') == [message]


def test_filled_value_is_always_a_text() -> None:
    assert play_script('n = 1\nTALK "${n}" + 1') == ["11"]


def test_texts_of_all_keywords_are_filled_in() -> None:
    host = FakeHost()

    dialog = Dialog(
        f'{SETUP}SET BOT MEMORY "for-${{who}}", "${{who}}!"\nx = HEAR "${{who}}?"\nPRINT #{{a: "${{x}}"}}', host=host
    )
    dialog.hear("yes")

    assert host.memory == {("bot", "for-Ana"): "Ana!"}
    assert dialog.messages == ["Ana?"]
    assert host.logged == ['{"a": "yes"}']


def test_text_that_is_not_filled_in_is_warned_of() -> None:
    assert diagnose('x = 1\nTALK "a ${ b"\nTALK "${x y} ${x} \\${x"') == [
        "2:11 warning: this `${` stays in the text: a `}` is missing; write `\\${` if it should stay",
        "3:9 warning: this `${` stays in the text: unexpected `y` in `${...}`; write `\\${` if it should stay",
    ]


def test_quotes_in_expressions_that_end_the_text_are_explained() -> None:
    assert diagnose('TALK "a ${UCASE("b")}"') == [
        '1:18 error: unexpected `b`; quotes inside `${...}` must be doubled, `""`, or single'
    ]
    assert play_script('TALK "a ${UCASE(""b"")} ${UCASE(\'c\')}"') == ["a B C"]


def test_names_in_texts_are_checked() -> None:
    assert diagnose('total = 1\nTALK "x ${totl}"') == ["2:11 warning: `totl` is never assigned; did you mean `total`?"]


def test_text_with_very_many_unclosed_expressions_is_parsed_fast() -> None:
    text = "${ " * 30_000

    assert takes_at_most(1, lambda: diagnose(f'TALK "{text}"'))
    assert play_script(f'TALK "{text}"') == [text]
    assert len(diagnose(f'TALK "{text}"')) == MAX_UNFILLED


def where(statement: str) -> object:
    host = FakeHost()
    dialog = Dialog(f'{SETUP}evil = "x\' OR 1=1"\n{statement}', host=host)
    assert dialog.outcome.fault is None, dialog.fault
    return host.tables[-1][1].where


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ('"name = ${evil}"', ("name = ", Bound("x' OR 1=1"))),
        ("\"name = '${evil}' AND n = ${m.k}\"", ("name = '", Bound("x' OR 1=1"), "' AND n = ", Bound(2.5))),
        ('"name = " + evil + " AND n = ${1}"', ("name = ", Bound("x' OR 1=1"), " AND n = ", Bound(1))),
        ('"name = ${unset}"', ("name = ", Bound(None))),
    ],
)
def test_values_in_conditions_are_bound(condition: str, parts: object) -> None:
    for statement in (f'x = FIND "t", {condition}', f'UPDATE "t", {condition}, #{{a: 1}}', f'DELETE "t", {condition}'):
        assert where(statement) == parts


@pytest.mark.parametrize("condition", ['"${1}" + part', '"${part}"', '"a " + part + " ${1}"'])
def test_filled_in_value_is_never_a_part_of_the_condition_itself(condition: str) -> None:
    (error,) = diagnose(f'part = "x"\nx = FIND "t", {condition}')

    assert error.endswith("; `${...}` in a condition is a value, never a part of the condition")


def test_values_in_the_condition_of_filter_are_bound() -> None:
    script = 'rows = [#{n: "a"}, #{n: "x OR 1=1"}]\nv = "x OR 1=1"\nTALK FILTER(rows, "n = ${v}")'

    assert play_script(script) == ['[{"n": "x OR 1=1"}]']


def test_texts_between_typographic_quotes_are_texts() -> None:
    script = 'x = \u201ca b\u201d + "\u201cc\u201d"\nTALK x\nTALK \u201eOl\xe1! \u201c + \u2018d\u2019'

    assert play_script(script) == ["a b\u201cc\u201d", "Ol\xe1! d"]
