"""DATE and HOUR."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.basic.hear.answers import is_rejected, parse_answer

DATES = st.dates(date(1000, 1, 1), date(9999, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25/12/2024", "2024-12-25"),
        ("25-12-2024", "2024-12-25"),
        ("2024-12-25", "2024-12-25"),
        ("2024/12/25", "2024-12-25"),
        ("25.12.2024", "2024-12-25"),
        ("12/25/2024", "2024-12-25"),
        ("03/04/2024", "2024-04-03"),
        ("5/6/2024", "2024-06-05"),
        ("25 Dec 2024", "2024-12-25"),
        ("25 December 2024", "2024-12-25"),
        ("25th of December 2024", "2024-12-25"),
        ("December 25, 2024", "2024-12-25"),
        ("dec. 25 2024", "2024-12-25"),
        ("25-dez-2024", "2024-12-25"),
        ("25 de dezembro de 2024", "2024-12-25"),
        ("1º de março de 2024", "2024-03-01"),
        ("3 marco 2024", "2024-03-03"),
        ("2 enero 2024", "2024-01-02"),
        ("29 fev 2024", "2024-02-29"),
        ("today", "2024-03-15"),
        ("Tomorrow", "2024-03-16"),
        ("yesterday", "2024-03-14"),
        ("hoje", "2024-03-15"),
        ("amanhã", "2024-03-16"),
        ("AMANHA!", "2024-03-16"),
        ("ontem", "2024-03-14"),
    ],
)
def test_documented_date_formats_are_valid(text: str, day: str) -> None:
    assert parse_answer("DATE", text) == day


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en-US", "01/02/2030", "2030-01-02"),
        ("en_us", "1-2-2030", "2030-01-02"),
        ("en-US", "25/12/2030", "2030-12-25"),
        ("en-US", "2030-01-02", "2030-01-02"),
        ("en-US", "on 01/02/2030", "2030-01-02"),
        ("en-GB", "01/02/2030", "2030-02-01"),
        ("en", "01/02/2030", "2030-02-01"),
        ("es-US", "01/02/2030", "2030-02-01"),
        ("pt-BR", "01/02/2030", "2030-02-01"),
        ("de", "\u00fcbermorgen", "2024-03-17"),
        ("es", "pasado ma\u00f1ana", "2024-03-17"),
        ("pt", "anteontem", "2024-03-13"),
        ("ar", "\u063a\u062f\u0627", "2024-03-16"),
    ],
)
def test_order_of_digits_and_words_are_those_of_the_locale(locale: str, text: str, day: str) -> None:
    assert parse_answer("DATE", text, locale=locale) == day


@pytest.mark.parametrize(
    "text",
    ["", "soon", "30/02/2024", "29 Feb 2023", "25/12/24", "32 Dec 2024", "25 Foo 2024", "Dec 2024", "2024", "25/12"],
)
def test_invalid_date_is_rejected(text: str) -> None:
    assert is_rejected("DATE", text)


@given(
    DATES,
    st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y"]),
)
def test_every_form_of_a_date_is_that_date(day: date, form: str) -> None:
    assert parse_answer("DATE", day.strftime(form)) == day.isoformat()


@pytest.mark.parametrize(
    ("locale", "text"), [("de", "5. März 2024"), ("fr", "5 mars 2024"), ("it", "5 marzo 2024"), ("ru", "5 марта 2024")]
)
def test_month_names_are_in_the_language_of_the_user(locale: str, text: str) -> None:
    assert parse_answer("DATE", text, locale=locale) == "2024-03-05"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("14:30", "14:30"),
        ("2:30 PM", "14:30"),
        ("2:30pm", "14:30"),
        ("2:30 p.m.", "14:30"),
        ("2 pm", "14:00"),
        ("2PM", "14:00"),
        ("12 AM", "00:00"),
        ("12:15 pm", "12:15"),
        ("9:05", "09:05"),
        ("00:00", "00:00"),
        ("23:59:59", "23:59"),
        ("14h30", "14:30"),
        ("14h", "14:00"),
        ("14.30", "14:30"),
    ],
)
def test_time_is_in_24_or_12_hour_format(text: str, time: str) -> None:
    assert parse_answer("HOUR", text) == time


@pytest.mark.parametrize("text", ["", "noon", "24:00", "14:60", "13 PM", "0 am", "14", "14:3", "-1:00", "2:30 XM"])
def test_invalid_time_is_rejected(text: str) -> None:
    assert is_rejected("HOUR", text)


@given(st.times())
def test_every_time_is_valid(time: object) -> None:
    assert parse_answer("TIME", f"{time:%H:%M}") == f"{time:%H:%M}"
    assert parse_answer("TIME", f"{time:%I:%M %p}") == f"{time:%H:%M}"
