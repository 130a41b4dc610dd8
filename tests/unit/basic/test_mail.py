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


def test_text_that_begins_with_a_tag_is_html_beside_a_plain_text() -> None:
    (mail,) = get_mails(f'name = "<i>Ana"\nBEGIN MAIL "{ADA}"\nSubject: Hi\n<p>Dear ${{name}}</p><br>Bye\nEND MAIL')

    assert (mail.subject, mail.text, mail.html) == ("Hi", "Dear Ana\n\nBye", "<p>Dear <i>Ana</i></p><br>Bye")


@pytest.mark.parametrize("text", ["Dear <b>Ana</b>", "<Ana> wrote", "<3", "1 < 2", "<ana@example.com>"])
def test_other_text_is_plain(text: str) -> None:
    mail = build_mail(ADA, "A", text)

    assert (mail.text, mail.html) == (text, "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('<p onclick="x()" style="position: fixed">a</p>', "<p>a</p>"),
        ("<p>a<script>alert(1)</script><style>p {}</style></p>", "<p>a</p>"),
        ('<p>a<img src="https://x.test/pixel"><iframe src="x"></iframe><form><input></form></p>', "<p>a</p>"),
        ('<p><a href="javascript:alert(1)">a</a></p>', "<p>a</p>"),
        ('<a href="https://evil.test">bank.test</a>', '<a href="https://evil.test">bank.test</a> (https://evil.test)'),
        ('<a href="https://x.test">https://x.test</a>', '<a href="https://x.test">https://x.test</a>'),
        ('<a href="mailto:a@b.c">a@b.c</a>', '<a href="mailto:a@b.c">a@b.c</a>'),
        ("<b><i>a</b>b", "<b><i>a</i></b>b"),
        ("<table><tr><td colspan='2'>a", '<table><tr><td colspan="2">a</td></tr></table>'),
        ("<p>&lt;script&gt; &amp; &quot;</p>", "<p>&lt;script&gt; &amp; &quot;</p>"),
        ("<p>a<!-- b --></p><?php c ?>", "<p>a</p>"),
    ],
)
def test_html_keeps_its_layout_only(text: str, html: str) -> None:
    assert build_mail(ADA, "A", text).html == html


def test_html_without_text_is_an_error() -> None:
    with pytest.raises(ScriptError, match="the mail has no text"):
        build_mail(ADA, "A", "<p><img src=x></p>")


def test_draft_keeps_its_html() -> None:
    dialog = Dialog(f'CREATE DRAFT "{ADA}", "A", "<p>B</p>"')

    assert [row["text"] for _, _, row in dialog.host.created] == ["<p>B</p>"]
