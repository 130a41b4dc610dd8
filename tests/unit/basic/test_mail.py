"""SEND MAIL and BEGIN MAIL: what a host is asked to send, and what is refused before."""

import pytest

from basic.errors import ScriptError
from basic.host import EffectKey, Mail
from basic.mail import MAX_ATTACHMENTS, MAX_RECIPIENTS, MAX_SUBJECT_LENGTH, MAX_TEXT_BYTES, build_mail
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, diagnose

ADA, BIA = "ada@example.com", "bia@example.com"


def get_mails(script: str) -> list[Mail]:
    dialog = Dialog(script)
    assert dialog.outcome.fault is None, dialog.fault
    return [mail for _, mail in dialog.host.mails]


@pytest.mark.parametrize(
    ("statement", "mail"),
    [
        (f'SEND MAIL "{ADA}", "Order", "It is here."', Mail((ADA,), "Order", "It is here.")),
        (f'SEND_MAIL "{ADA}", "Order", "It is here.", []', Mail((ADA,), "Order", "It is here.")),
        (f'SEND EMAIL "{ADA}", "It is here."', Mail((ADA,), "It is here.", "It is here.")),
        (f'SEND MAIL "{ADA}; {BIA},{ADA}", "", "\nFirst\nSecond"', Mail((ADA, BIA), "First", "\nFirst\nSecond")),
        (f'SEND MAIL ["{ADA}", "{BIA}"], 7, 8', Mail((ADA, BIA), "7", "8")),
        (f'sent = SEND MAIL "{ADA}", "A", "B"', Mail((ADA,), "A", "B")),
        (f'to = "{ADA}"\nBEGIN MAIL to\nDear Ada\nEND MAIL', Mail((ADA,), "Dear Ada", "Dear Ada")),
        (
            (
                f'BEGIN MAIL "{ADA}" \' a comment\n\n  subject:  ${{1 + 1}} "things" \n\n'
                '  Dear Ada,\n    it\'s ${"x"}\nEND MAIL'
            ),
            Mail((ADA,), '2 "things"', "Dear Ada,\n  it's x"),
        ),
        (f'BEGIN MAIL "{ADA}"\nA\nSubject: B\nEND MAIL', Mail((ADA,), "A", "A\nSubject: B")),
    ],
)
def test_host_is_asked_to_send_the_mail(statement: str, mail: Mail) -> None:
    assert get_mails(statement) == [mail]


def test_mails_of_a_turn_have_different_keys() -> None:
    dialog = Dialog(f'SEND MAIL "{ADA}", "A", "1"\nSEND MAIL "{ADA}", "A", "2"')

    assert [key for key, _ in dialog.host.mails] == [EffectKey("turn-1", 1), EffectKey("turn-1", 2)]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("", "the mail has no recipient"),
        (None, "the mail has no recipient"),
        ([" ", ""], "the mail has no recipient"),
        ({"mail": ADA}, "the recipient must be an address or an array of addresses, not a map"),
        ("ada", "recipient 1 of the mail is not a mail address"),
        (f"{ADA}, Bia <{BIA}>", "recipient 2 of the mail is not a mail address"),
        (f"{ADA}\nBcc: {BIA}", "recipient 1 of the mail is not a mail address"),
        (f"{ADA}\r\n", None),
        ([f"{number}@example.com" for number in range(MAX_RECIPIENTS + 1)], "a mail has at most 50 recipients"),
        (f"{'a' * 60}@{'b.' * 100}com", "recipient 1 of the mail is not a mail address"),
    ],
)
def test_recipients_are_validated(to: Value, message: str | None) -> None:
    if message is None:
        assert build_mail(to, "A", "B").to == (ADA,)
        return

    with pytest.raises(ScriptError) as refusal:
        build_mail(to, "A", "B")

    assert str(refusal.value) == message


def test_subject_is_one_line_of_limited_length() -> None:
    assert build_mail(ADA, "Order\r\nBcc: bia@example.com\u2028\x1c", "B").subject == "Order Bcc: bia@example.com"
    assert len(build_mail(ADA, "a" * 999, "B").subject) == MAX_SUBJECT_LENGTH


@pytest.mark.parametrize(
    ("subject", "text", "message"),
    [
        ("A", " \n", "the mail has no text"),
        ("A", "é" * (MAX_TEXT_BYTES // 2 + 1), "the text of a mail has at most 200 KB"),
        ("A", "\ud800", "the mail contains an invalid character (lone surrogate)"),
        ("\ud800", "B", "the mail contains an invalid character (lone surrogate)"),
    ],
)
def test_text_is_validated(subject: str, text: str, message: str) -> None:
    with pytest.raises(ScriptError) as refusal:
        build_mail(ADA, subject, text)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("attachments", "paths"),
    [
        ('"a.pdf"', ("a.pdf",)),
        ('["a.pdf", "b/c.txt"]', ("a.pdf", "b/c.txt")),
        ('#{url: "a.pdf", localName: "a.pdf"}', ("a.pdf",)),
        ('[#{url: "a.pdf"}, ""]', ("a.pdf",)),
        ("NOTHING", ()),
        ("[]", ()),
    ],
)
def test_attachments_are_paths(attachments: str, paths: tuple[str, ...]) -> None:
    (mail,) = get_mails(f'SEND MAIL "{ADA}", "A", "B", {attachments}')

    assert mail.attachments == paths


def test_mail_has_few_attachments() -> None:
    dialog = Dialog(f'SEND MAIL "{ADA}", "A", "B", SPLIT("{"a," * 10}a", ",")')

    assert dialog.fault.endswith(f"a mail has at most {MAX_ATTACHMENTS} attachments")
    assert dialog.host.mails == []


@pytest.mark.parametrize(
    ("script", "diagnostic"),
    [
        ("BEGIN MAIL ' to nobody\nA\nEND MAIL", "1:11 error: the recipient is missing; write `BEGIN MAIL address`"),
        ("BEGIN MAIL a b\nA\nEND MAIL", "1:14 error: unexpected `b` after the recipient of BEGIN MAIL"),
        ("  BEGIN MAIL (\nA\nEND MAIL", "1:14 error:"),
        ("a = 1\nBEGIN MAIL a\nSubject: x${(}\nA\nEND MAIL", "3:13 error:"),
        ("a = 1\nBEGIN MAIL a\n\nSubject: x\nA ${(}\nEND MAIL", "5:5 error:"),
    ],
)
def test_fault_of_a_block_has_its_position(script: str, diagnostic: str) -> None:
    (fault,) = diagnose(script)

    assert fault.startswith(diagnostic)
