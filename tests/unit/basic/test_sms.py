"""SEND SMS: its forms, the numbers and texts that are accepted, and the errors of the others."""

import pytest

from basic.host import EffectKey, Sms
from basic.sms import MAX_SMS_LENGTH
from tests.unit.basic.fake_host import Dialog, diagnose

HELLO = (EffectKey("turn-1", 1), Sms("+15550100", "Hello"))
NUMBER = "the recipient of the text message is not a telephone number with + and the country code, as in +15550100"


@pytest.mark.parametrize(
    "statement",
    [
        'SEND SMS "+15550100", "Hello"',
        'SEND_SMS "+15550100", "Hello"',
        'x = SEND SMS("+15550100", "Hello")',
        'phone_number = "+15550100"\nmessage = "Hello"\nSEND SMS phone_number, message',
        'SEND SMS "+15550100", "Hello", "aws_sns"',
        'SEND SMS "+15550100", "Hello", "urgent"',
        'IF TRUE THEN SEND SMS "+15550100", "Hello", "twilio", "high"',
        'SEND SMS " +1 (555) 01-00 ", "\\nHello\\n"',
    ],
)
def test_text_message_is_sent(statement: str) -> None:
    dialog = Dialog(statement)

    assert dialog.outcome.fault is None, dialog.fault
    assert dialog.host.texts == [HELLO]
    assert diagnose(statement) == []


def test_value_says_that_it_was_sent() -> None:
    script = """
    result = SEND SMS "+55 11 91234-5678", "Hello"
    IF result THEN TALK "sent"
    IF result.success THEN TALK result.message_id + " to " + result.to
    TALK "" + (result.error = NOTHING)
    """

    assert Dialog(script).messages == ["sent", "sms-1 to +5511912345678", "true"]


def test_lines_and_characters_of_all_languages_are_kept() -> None:
    dialog = Dialog(
        'SEND SMS "+15550100", text', values={"text": "Olá\r\n\t\a你好 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}\ud83d"}
    )

    assert dialog.host.texts[0][1].text == "Olá\n你好 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}"


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ('""', "the text message has no recipient"),
        ("NULL", "the text message has no recipient"),
        ('"15550100"', NUMBER),
        ("15550100", NUMBER),
        ('"+05550100"', NUMBER),
        ('"+155501"', NUMBER),
        ('"+1234567890123456"', NUMBER),
        ('"+15550100, +15550101"', NUMBER),
        ('"+1555\N{ARABIC-INDIC DIGIT ONE}100"', NUMBER),
        ('"+15550100\\n+15550101"', NUMBER),
        ('"ana@example.com"', NUMBER),
        ('["+15550100"]', "the recipient of a text message must be a telephone number, not an array"),
        ('#{phone: "+15550100"}', "the recipient of a text message must be a telephone number, not a map"),
    ],
)
def test_invalid_recipient_is_an_error_without_the_number(to: str, message: str) -> None:
    dialog = Dialog(f'SEND SMS {to}, "Hello"')

    assert dialog.fault == f"start.bas:1:1: {message}"
    assert dialog.host.texts == []
    assert Dialog(f'ON ERROR RESUME NEXT\nSEND SMS {to}, "Hello"\nTALK "on"').messages == ["on"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('" "', "the text message has no text"),
        ("NULL", "the text message has no text"),
        ("long", "a text message has at most 1,600 characters"),
    ],
)
def test_invalid_text_is_an_error(text: str, message: str) -> None:
    dialog = Dialog(f'SEND SMS "+15550100", {text}', values={"long": "a" * (MAX_SMS_LENGTH + 1)})

    assert dialog.fault.endswith(message)
    assert dialog.host.texts == []


def test_longest_text_and_longest_and_shortest_numbers_are_sent() -> None:
    script = 'SEND SMS "+123456789012345", text\nSEND SMS "+6834000", "Hello"'
    dialog = Dialog(script, values={"text": "ã" * MAX_SMS_LENGTH})

    assert dialog.outcome.fault is None, dialog.fault
    assert [(sms.to, len(sms.text)) for _, sms in dialog.host.texts] == [("+123456789012345", 1_600), ("+6834000", 5)]


def test_missing_text_is_an_error_with_the_form() -> None:
    assert diagnose('SEND SMS "+15550100"') == [
        "1:21 error: `,` is missing before the end of the line; usage: `SEND SMS to, text [, provider] [, priority]`"
    ]
