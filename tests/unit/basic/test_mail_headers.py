"""ON EMAIL: its forms, its checks, and the mails that it is for."""

import pytest

from basic.program import MailFilter
from tests.unit.basic.fake_host import compile_scripts, diagnose

SCRIPT = """
ON EMAIL "Support@Company.com" FROM "stripe.com" SUBJECT "invoice"
email = GET LAST "email_received_events"
IF email.has_attachments THEN
FOR EACH file IN email.attachments
PRINT file.filename
NEXT
END IF
END ON
"""


def test_forms_are_compiled_and_stored() -> None:
    program = compile_scripts(SCRIPT)

    assert diagnose(SCRIPT) == []
    assert program.scripts["start"].mails == (MailFilter("support@company.com", "stripe.com", "invoice"),)
    assert program.list_mail_addresses() == ("support@company.com",)
    assert program.find_mail_script("support@company.com") == "start"
    assert program.find_mail_script("other@company.com") is None


def test_several_addresses_are_in_one_script() -> None:
    program = compile_scripts('ON EMAIL "a@b.de"\nON EMAIL "c@b.de"\nPRINT email.subject\nEND ON')

    assert program.list_mail_addresses() == ("a@b.de", "c@b.de")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("ON EMAIL", '1:9 error: ON EMAIL needs a quoted text, as in `ON EMAIL "address"`'),
        ('ON EMAIL "x"', "1:10 error: ON EMAIL needs a mail address, as in `support@example.com`"),
        ('ON EMAIL "a@b.de" FROM "x y"', "1:24 error: FROM needs a mail address or a domain, as in `example.com`"),
        ('ON EMAIL "a@b.de" FROM "x.de" FROM "y.de"', "1:31 error: a second FROM"),
        ('IF 1 THEN\nON EMAIL "a@b.de"\nEND IF', "2:1 error: ON EMAIL is not allowed inside a block"),
        ('ON EMAIL "a@b.de"\nHEAR x\nPRINT x', "2:1 warning: HEAR fails in a run for a mail, which has no user to ask"),
    ],
)
def test_invalid_header_is_reported(script: str, message: str) -> None:
    assert diagnose(script)[0] == message


def test_two_scripts_for_an_address_are_refused() -> None:
    faults = diagnose('ON EMAIL "a@b.de"\nPRINT 1', 'ON EMAIL "A@B.de" FROM "x.com"\nPRINT 1')

    assert faults == ["1:1 error: ON EMAIL a@b.de is already in start.bas; CALL it from there"]


@pytest.mark.parametrize(
    ("wanted", "sender", "subject", "matches"),
    [
        (("", ""), "ada@example.com", "", True),
        (("ada@example.com", ""), "Ada@Example.com", "", True),
        (("ada@example.com", ""), "ida@example.com", "", False),
        (("example.com", ""), "ada@example.com", "", True),
        (("example.com", ""), "ada@mail.example.com", "", True),
        (("example.com", ""), "ada@badexample.com", "", False),
        (("", "Urgent"), "ada@example.com", "URGENT: tea", True),
        (("", "Urgent"), "ada@example.com", "tea", False),
    ],
)
def test_filter(wanted: tuple[str, str], sender: str, subject: str, *, matches: bool) -> None:
    assert MailFilter("bot@x.de", *wanted).matches("bot@x.de", sender, subject) is matches
    assert not MailFilter("bot@x.de", *wanted).matches("other@x.de", sender, subject)
