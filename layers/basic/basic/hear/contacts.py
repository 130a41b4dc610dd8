"""Types of contact data: e-mail addresses, telephone numbers, postal codes and web addresses."""

import re
from urllib.parse import urlsplit, urlunsplit

from basic.hear.hear_type import HearAnswer, HearType
from basic.hear.sentences import find_matches, find_runs
from basic.mail_addresses import EMAIL, MAX_EMAIL_LENGTH

_PHONE = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)
_MIN_DIGITS, _MAX_DIGITS = 10, 15
_DEFAULT_REGIONS = {"pt": "BR", "en": "US"}

# The format of UK postcodes (Royal Mail, BS 7666).
_UK_POSTCODE = re.compile(r"(?P<out>[A-Z]{1,2}\d[A-Z\d]?|GIR)\s*(?P<into>\d[A-Z]{2})", re.ASCII)
_DIGIT_CODE = re.compile(
    r"(?P<br>\d{5}[-\s.]?\d{3}|\d{2}\.\d{3}-\d{3})|(?P<us>\d{5})(?:[-\s]?(?P<more>\d{4}))?", re.ASCII
)

_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
_MAX_URL_LENGTH = 2_048


def parse_email(answer: HearAnswer) -> str | None:
    """Parse an e-mail address."""
    address = answer.text.lower()
    return address if EMAIL.fullmatch(address) else None


def parse_phone(answer: HearAnswer) -> str | None:
    """Parse a telephone number and format it as its country does.

    The country is the one of its prefix with a ``+``, or else the first of the user's country, Brazil and the United
    States in which the number is valid.
    """
    digits = re.sub(r"\D", "", answer.text)
    if not _PHONE.fullmatch(answer.text) or not _MIN_DIGITS <= len(digits) <= _MAX_DIGITS:
        return None
    if answer.text.startswith("+"):
        return _format_phone(f"+{digits}", None) or f"+{digits}"
    language, _, region = answer.turn.locale.replace("_", "-").partition("-")
    regions = dict.fromkeys((region.upper() or _DEFAULT_REGIONS.get(language, "BR"), "BR", "US"))
    return next(filter(None, (_format_phone(digits, region) for region in regions)), digits)


def _format_phone(number: str, region: str | None) -> str | None:
    import phonenumbers  # noqa: PLC0415 - 13 ms that most bots never need

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    style = phonenumbers.PhoneNumberFormat.NATIONAL if region else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style)) if phonenumbers.is_valid_number(parsed) else None


def parse_postal_code(answer: HearAnswer) -> str | None:
    """Parse a postal code of Brazil, the United States or the United Kingdom."""
    code = answer.text.upper()
    if match := _UK_POSTCODE.fullmatch(code):
        return f"{match['out']} {match['into']}"
    match = _DIGIT_CODE.fullmatch(code)
    if match is None:
        return None
    if match["br"]:
        digits = re.sub(r"\D", "", match["br"])
        return f"{digits[:5]}-{digits[5:]}"
    return f"{match['us']}-{match['more']}" if match["more"] else match["us"]


def parse_url(answer: HearAnswer) -> str | None:
    """Parse a web address; the default scheme is https."""
    text = answer.text if re.match(r"[a-z][a-z0-9+.-]*://", answer.text, re.IGNORECASE) else f"https://{answer.text}"
    if re.search(r"[\s\\\x00-\x1f]", text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or parts.username is not None or not host or not _HOST.fullmatch(host):
        return None
    return urlunsplit(
        (parts.scheme, host if port is None else f"{host}:{port}", parts.path, parts.query, parts.fragment)
    )


TYPES = (
    HearType(
        "EMAIL",
        (),
        parse_email,
        "",
        "An e-mail address in lower case",
        {
            "en": "Please enter an e-mail address, such as ana@example.com.",
            "pt": "Por favor, informe um e-mail, como ana@example.com.",
            "es": "Introduce una dirección de correo, como ana@example.com.",
            "de": "Bitte geben Sie eine E-Mail-Adresse ein, etwa ana@example.com.",
            "ar": "يرجى إدخال عنوان بريد إلكتروني، مثل ana@example.com.",
        },
        ("Ana@Example.COM", "ana@example.com"),
        MAX_EMAIL_LENGTH,
        find=find_runs("@"),
    ),
    HearType(
        "MOBILE",
        ("PHONE", "TELEPHONE"),
        parse_phone,
        "",
        "A telephone number of 10 to 15 digits, in the format of its country",
        {
            "en": "Please enter a phone number with its area code, such as (212) 555-0123 or +55 11 99999-8888.",
            "pt": "Por favor, informe um telefone com DDD, como (11) 99999-8888.",
            "es": "Introduce un número de teléfono con su prefijo, como +34 612 345 678.",
            "de": "Bitte geben Sie eine Telefonnummer mit Vorwahl ein, etwa +49 30 12345678.",
            "ar": "يرجى إدخال رقم هاتف مع رمز البلد، مثل +966 50 123 4567.",
        },
        ("11999998888", "(11) 99999-8888"),
        find=find_matches(r"\+?\(?\d[\d\s().\-/]{8,}\d", other_digits=False),
    ),
    HearType(
        "ZIPCODE",
        ("ZIP", "CEP", "POSTALCODE"),
        parse_postal_code,
        "",
        "A postal code of Brazil (8 digits), the United States (5 or 9) or the United Kingdom",
        {
            "en": "Please enter a postal code, such as 10001, 01310-100 or SW1A 1AA.",
            "pt": "Por favor, informe um CEP, como 01310-100.",
            "es": "Introduce un código postal, como 10001, 01310-100 o SW1A 1AA.",
            "de": "Bitte geben Sie eine Postleitzahl ein, etwa 10001, 01310-100 oder SW1A 1AA.",
            "ar": "يرجى إدخال رمز بريدي، مثل 10001.",
        },
        ("01310100", "01310-100"),
        find=find_matches(f"{_UK_POSTCODE.pattern}|{_DIGIT_CODE.pattern}"),
    ),
    HearType(
        "URL",
        ("LINK",),
        parse_url,
        "",
        "A web address, with https:// if it has no scheme",
        {
            "en": "Please enter a web address, such as https://example.com.",
            "pt": "Por favor, informe um endereço da web, como https://example.com.",
            "es": "Introduce una dirección web, como https://example.com.",
            "de": "Bitte geben Sie eine Webadresse ein, etwa https://example.com.",
            "ar": "يرجى إدخال عنوان موقع، مثل https://example.com.",
        },
        ("example.com/a", "https://example.com/a"),
        _MAX_URL_LENGTH,
        find=find_runs(r"\w\.\w|://"),
    ),
)
