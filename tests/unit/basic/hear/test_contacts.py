"""EMAIL, MOBILE, ZIPCODE and URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import urls

from basic.errors import InvalidAnswer
from tests.unit.basic.hear.answers import is_rejected, parse_answer


@pytest.mark.parametrize("text", ["User@Example.COM", "a.b+c@sub.example.co", "o'neil@example.com", "x@ab.io"])
def test_email_is_lower_case(text: str) -> None:
    assert parse_answer("EMAIL", text) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my email",
        "a@b",
        "@example.com",
        "a@",
        "a@@example.com",
        "a@exa mple.com",
        "a@-x.com",
        "a@x-.com",
        "a@.com",
        "a@x..com",
        "é@example.com",
        "x" * 65 + "@example.com",
        "a@" + "x." * 130 + "com",
    ],
)
def test_invalid_email_is_rejected(text: str) -> None:
    assert is_rejected("EMAIL", text)


@given(st.emails(domains=st.just("example.com")))
def test_unquoted_addresses_are_valid(address: str) -> None:
    assert parse_answer("EMAIL", address) == address.lower()


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("11999998888", "en", "(11) 99999-8888"),
        ("11999998888", "pt-BR", "(11) 99999-8888"),
        ("(11) 3333-4444", "pt-BR", "(11) 3333-4444"),
        ("2125550123", "en", "(212) 555-0123"),
        ("212-555-0123", "en-US", "(212) 555-0123"),
        ("+55 11 99999-8888", "en", "+55 11 99999-8888"),
        ("+351912345678", "en", "+351 912 345 678"),
        ("07911123456", "en-GB", "07911 123456"),
        ("0000000000", "en", "0000000000"),
        ("+999123456789", "en", "+999123456789"),
    ],
)
def test_phone_number_has_the_format_of_its_country(text: str, locale: str, number: str) -> None:
    assert parse_answer("MOBILE", text, locale=locale) == number


@pytest.mark.parametrize(
    "text", ["", "123456789", "1234567890123456", "call me", "11 99999-8888 x2", "++5511999998888", "1199999888A"]
)
def test_invalid_phone_number_is_rejected(text: str) -> None:
    assert is_rejected("PHONE", text)


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_ten_to_fifteen_digits_are_a_phone_number(digits: str) -> None:
    assert is_rejected("PHONE", digits) is not (10 <= len(digits) <= 15)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01310100", "01310-100"),
        ("01310-100", "01310-100"),
        ("01.310-100", "01310-100"),
        ("10001", "10001"),
        ("100011234", "10001-1234"),
        ("10001-1234", "10001-1234"),
        ("sw1a 1aa", "SW1A 1AA"),
        ("M11AE", "M1 1AE"),
    ],
)
def test_postal_codes_of_three_countries_are_valid(text: str, code: str) -> None:
    assert parse_answer("ZIPCODE", text) == code


@pytest.mark.parametrize("text", ["", "1234", "123456", "1234567", "1234567890", "ABC", "SW1A 1A", "01310_100"])
def test_invalid_postal_code_is_rejected(text: str) -> None:
    assert is_rejected("CEP", text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("example.com", "https://example.com"),
        ("HTTP://Example.com/A?b=C#d", "http://example.com/A?b=C#d"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("www.münchen.de", "https://www.münchen.de"),
    ],
)
def test_web_address_has_a_scheme(text: str, address: str) -> None:
    assert parse_answer("URL", text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no address",
        "ftp://example.com",
        "javascript:alert(1)",
        "http://",
        "localhost",
        "https://user:pass@example.com",
        "https://example.com:99999",
        "https://exa mple.com",
        "http://127.0.0.1/",
        "https://a..com",
        "https://[::1",
        "example.com\\@evil.test",
        "https://" + "a" * 2_100 + ".com",
    ],
)
def test_invalid_web_address_is_rejected(text: str) -> None:
    assert is_rejected("URL", text)


@given(urls())
def test_no_web_address_raises(address: str) -> None:
    value = parse_answer("URL", address)

    assert isinstance(value, str | InvalidAnswer)
