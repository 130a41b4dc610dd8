"""Functions of text: positions from 1, and documented edge cases."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from basic.values import Value
from tests.unit.basic.functions.evaluation import call

TEXTS = st.text(max_size=40)
COUNTS = st.integers(-5, 50)


@given(TEXTS, COUNTS)
def test_left_and_right_are_the_ends(text: str, count: int) -> None:
    wanted = max(count, 0)

    assert call("LEFT", text, count) == text[:wanted]
    assert call("RIGHT", text, count) == (text[-wanted:] if wanted else "")


@given(TEXTS, COUNTS, COUNTS)
def test_mid_is_a_slice_that_counts_from_1(text: str, start: int, count: int) -> None:
    begin = max(start, 1) - 1

    assert call("MID", text, start) == text[begin:]
    assert call("MID", text, start, count) == text[begin : begin + max(count, 0)]


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("ana@example.com", "ana", "example.com"), ("@", "", ""), ("a@b@c", "a", "b@c"), ("ana", "", ""), ("", "", "")],
)
def test_parts_beside_the_first_occurrence(text: str, before: str, after: str) -> None:
    assert call("EXTRACT_BEFORE", text, "@") == before
    assert call("EXTRACT_AFTER", text, "@") == after


@pytest.mark.parametrize(
    ("text", "between"),
    [("Ana <a@b.c> <d>", "a@b.c"), ("Ana <a@b.c", ""), ("a> <b", ""), ("<>", ""), ("Ana", "")],
)
def test_part_between_is_the_first_one(text: str, between: str) -> None:
    assert call("EXTRACT_BETWEEN", text, "<", ">") == between


@pytest.mark.parametrize(("text", "capitalized"), [("ana maria", "Ana maria"), ("élan", "Élan"), ("", ""), (5, "5")])
def test_first_character_is_capitalized(text: Value, capitalized: str) -> None:
    assert call("CAPITALIZE", text) == capitalized


@pytest.mark.parametrize(
    ("text", "valid"),
    [(" Ana@Example.com ", True), ("ana@example", False), ("ana example.com", False), ("", False), (None, False)],
)
def test_mail_address_is_valid(text: Value, valid: bool) -> None:
    assert call("IS_VALID", text) is valid


@given(TEXTS, TEXTS, COUNTS)
def test_instr_is_find_that_counts_from_1(text: str, wanted: str, start: int) -> None:
    expected = text.find(wanted, max(start, 1) - 1) + 1 if text and wanted else 0

    assert call("INSTR", start, text, wanted) == expected


@given(TEXTS, TEXTS, TEXTS)
def test_mid_returns_the_text_that_instr_finds(before: str, wanted: str, after: str) -> None:
    text = before + wanted + after
    position = call("INSTR", text, wanted)

    assert position == 0 if not wanted else call("MID", text, position, len(wanted)) == wanted


@pytest.mark.parametrize(
    ("arguments", "position"),
    [
        (("Hello, General Bots!", "General"), 8),
        (("General Bots", "bots"), 0),
        ((5, "one two one three one", "one"), 9),
        ((0, "one", "one"), 1),
        (("", "a"), 0),
        (("a", ""), 0),
        ((1, "", ""), 0),
        ((9, "one", "one"), 0),
        ((12_345, 34), 3),
    ],
)
def test_instr_does_what_the_documents_say(arguments: tuple[Value, ...], position: int) -> None:
    assert call("INSTR", *arguments) == position


@given(TEXTS, st.text(min_size=1, max_size=3))
def test_join_reverses_split(text: str, separator: str) -> None:
    assert call("JOIN", call("SPLIT", text, separator), separator) == text


def test_empty_text_has_no_parts() -> None:
    assert call("SPLIT", "", ",") == []


def test_split_needs_a_separator() -> None:
    with pytest.raises(ScriptError, match="SPLIT expects a separator"):
        call("SPLIT", "a,b", "")


def test_join_takes_any_values_and_only_arrays() -> None:
    assert call("JOIN", [1, None, True, "x"], "-") == "1--true-x"
    assert call("JOIN", None, "-") == ""
    with pytest.raises(ScriptError, match='JOIN expects an array, not "a"'):
        call("JOIN", "a", "-")


@given(TEXTS, st.text(min_size=1, max_size=3), TEXTS)
def test_replace_replaces_all(text: str, old: str, new: str) -> None:
    assert call("REPLACE", text, old, new) == text.replace(old, new)


def test_empty_text_occurs_nowhere() -> None:
    assert call("REPLACE", "abc", "", "-") == "abc"


def test_too_large_text_is_rejected_before_it_is_built() -> None:
    with pytest.raises(BudgetError, match="larger than 256 KB"):
        call("REPLACE", "a" * 1_000, "a", "b" * 1_000)
    with pytest.raises(BudgetError, match="larger than 256 KB"):
        call("JOIN", [""] * 1_000, "b" * 1_000)
    with pytest.raises(BudgetError, match="larger than 256 KB"):
        call("FORMAT", "a" * 1_000, "@" * 500)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("42", True),
        ("-17", True),
        ("3.14", True),
        (".25", True),
        ("1e10", True),
        ("2.5E-3", True),
        ("  42  ", True),
        (7, True),
        (1.5, True),
        ("", False),
        ("abc", False),
        ("12abc", False),
        ("$100", False),
        ("1,000", False),
        (None, False),
        (True, False),
        ([1], False),
        ("\N{ARABIC-INDIC DIGIT FIVE}", False),
        ("1_000", False),
        ("nan", False),
        ("infinity", False),
    ],
)
def test_is_numeric_does_what_the_documents_say(value: Value, expected: bool) -> None:
    assert call("IS_NUMERIC", value) is expected


@pytest.mark.parametrize(
    ("value", "length"), [("olá", 3), ("👍", 1), ("", 0), (None, 0), ([1, 2], 2), ({"a": 1}, 1), (123, 3)]
)
def test_len_counts_characters_and_items(value: Value, length: int) -> None:
    assert call("LEN", value) == length


@pytest.mark.parametrize(
    ("where", "what", "expected"),
    [
        ("General Bots", "Bots", True),
        ("General Bots", "bots", False),
        (["1", "10"], "1", True),
        (["1", "10"], 1, True),
        (["1", "10"], "0", False),
        ({"Name": None}, "Name", True),
        ({"Name": "Ana"}, "name", True),
        ({"Name": "Ana"}, "Ana", False),
        (None, "x", False),
    ],
)
def test_contains_looks_into_texts_arrays_and_maps(where: Value, what: Value, expected: bool) -> None:
    assert call("CONTAINS", where, what) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("", True), (None, True), ([], True), ({}, True), (" ", False), (0, False), (False, False)]
)
def test_nothing_and_empty_values_are_empty(value: Value, expected: bool) -> None:
    assert call("ISEMPTY", value) is expected


@pytest.mark.parametrize(("value", "expected"), [(None, True), ("", False), (0, False), ([], False)])
def test_only_nothing_is_null(value: Value, expected: bool) -> None:
    assert call("ISNULL", value) is expected


def test_white_space_is_trimmed_at_one_or_both_ends() -> None:
    text = " \t a b\n "

    assert [call(name, text) for name in ("TRIM", "LTRIM", "RTRIM")] == ["a b", "a b\n ", " \t a b"]


def test_position_that_is_not_a_number_has_an_error() -> None:
    with pytest.raises(
        ScriptError, match='LEFT expects the number of characters as a whole number, and "x" is not a number'
    ):
        call("LEFT", "abc", "x")
    with pytest.raises(ScriptError, match=r"MID expects a position as a whole number, not 1\.5"):
        call("MID", "abc", 1.5)


@given(st.characters(exclude_categories=["Cs"]))
def test_chr_undoes_asc(character: str) -> None:
    assert call("CHR", call("ASC", character)) == character


@pytest.mark.parametrize("code", [-1, 0xD800, 0x110000])
def test_invalid_character_code_is_rejected(code: int) -> None:
    with pytest.raises(ScriptError, match="CHR expects a character code"):
        call("CHR", code)


def test_asc_needs_a_character() -> None:
    with pytest.raises(ScriptError, match="ASC expects a text with at least one character"):
        call("ASC", "")


@given(TEXTS)
def test_base64_is_of_the_bytes_of_utf_8(text: str) -> None:
    written = call("BASE64", text)

    assert isinstance(written, str)
    assert base64.b64decode(written).decode() == text


@given(st.lists(st.integers(), max_size=8), COUNTS, COUNTS)
def test_parts_of_an_array_are_arrays(items: list[Value], start: int, count: int) -> None:
    begin, wanted = max(start, 1) - 1, max(count, 0)

    assert call("MID", items, start) == items[begin:]
    assert call("MID", items, start, count) == items[begin : begin + wanted]
    assert call("LEFT", items, count) == items[:wanted]
    assert call("RIGHT", items, count) == (items[-wanted:] if wanted else [])
