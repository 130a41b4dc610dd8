"""Which option of a menu an answer means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.hear.options import choose_option

TEA = ("Tea", "Coffee")


@pytest.mark.parametrize(
    ("options", "answer", "option"),
    [
        # Accents, punctuation, case and variants of emoji do not matter.
        (("Opção", "Não"), "opcao", "Opção"),
        (("Opção", "Não"), "NAO!", "Não"),
        (("opcao", "nao"), "Opção.", "opcao"),
        (("D\N{RIGHT SINGLE QUOTATION MARK}Angelo", "Bo"), "d'angelo", "D\N{RIGHT SINGLE QUOTATION MARK}Angelo"),
        (("Yes", "No"), "Yes!", "Yes"),
        (("Yes", "No"), '"yes"', "Yes"),
        (("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"), "\N{THUMBS UP SIGN}\U0001f3fd", "\N{THUMBS UP SIGN}"),
        (("\N{HEAVY BLACK HEART}\ufe0f", "x"), "\N{HEAVY BLACK HEART}", "\N{HEAVY BLACK HEART}\ufe0f"),
        (("\N{THUMBS UP SIGN} Yes", "No"), "yes", "\N{THUMBS UP SIGN} Yes"),
        (("Yes", "No"), "Yes \N{PARTY POPPER}", "Yes"),
        (("إلغاء", "نعم"), "الغاء", "إلغاء"),
        # Its number, unless the number may mean another option.
        (TEA, "2", "Coffee"),
        (TEA, "2.", "Coffee"),
        (TEA, "(2)", "Coffee"),
        (TEA, "#2", "Coffee"),
        (TEA, "2\ufe0f\u20e3", "Coffee"),
        (("1\ufe0f\u20e3 Small", "2\ufe0f\u20e3 Large"), "2", "2\ufe0f\u20e3 Large"),
        (("1 cup", "2 cups"), "2", "2 cups"),
        (("2 people", "4 people"), "4", "4 people"),
        (("2 people", "4 people"), "2", None),
        (TEA, "3", None),
        (TEA, "-1", None),
        # A sentence that names one option.
        (("Yes", "No"), "yes please", "Yes"),
        (("Yes", "No"), "no, not now", "No"),
        (("Green", "Green tea"), "a green tea, please", "Green tea"),
        (("Green", "Black"), "green or black", None),
        (("Small", "Large"), "not the large one", None),
        (TEA, "what is tea?", None),
        (TEA, "tea " + "very " * 9, None),
        (("A", "B"), "a big one", None),
        (("はい", "いいえ"), "はい、お願いします", "はい"),
        # A part: words, of which the last may have only begun.
        (TEA, "cof", "Coffee"),
        (("Black tea", "Green tea"), "green", "Green tea"),
        (("Black tea", "Green tea"), "green te", "Green tea"),
        (("Black tea", "Green tea"), "tea", None),
        (("No", "Yes"), "e", None),
        (("No", "Yes"), "y", None),
        (("No", "Yes"), "ye", None),
        (TEA, "offee", None),
        (("No", "Yes"), "Knowledge", None),
        (("No", "Yes"), "", None),
        (("No", "Yes"), "...", None),
    ],
)
def test_answer_means_an_option_or_none(options: tuple[str, ...], answer: str, option: str | None) -> None:
    assert choose_option(options, answer) == option


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True), st.text(max_size=20))
def test_choice_is_an_option_or_none(options: list[str], answer: str) -> None:
    assert choose_option(options, answer) in {*options, None}


@given(st.lists(st.sampled_from(["Yes", "No", "Maybe", "Green tea"]), min_size=2, unique=True), st.characters())
def test_one_character_never_picks_a_longer_option(options: list[str], letter: str) -> None:
    if not letter.isdecimal():
        assert choose_option(options, letter) is None
