"""Reading received mails: as they are sent, also broken ones, and bounded."""

from email.message import EmailMessage

import pytest

from basic.documents import mail_message
from basic.documents.mail_message import MAX_KEPT, MAX_TEXT, read_message
from basic.errors import ScriptError
from tests.cpu_time import takes_at_most


def a_mail(text: str = "Hello", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Ada <Ada@Example.com>", "Bot <bot@example.org>, eve@example.net"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_headers_and_text_are_read() -> None:
    mail = read_message(bytes(a_mail("Grüße\n", Subject="Größe", Message_ID="<1@example.com>", Cc="zoe@example.com")))

    assert (mail.sender, mail.sender_name, mail.message_id) == ("ada@example.com", "Ada", "<1@example.com>")
    assert mail.recipients == ("bot@example.org", "eve@example.net", "zoe@example.com")
    assert (mail.subject, mail.text) == ("Größe", "Grüße")
    assert not mail.is_automatic


def test_html_alone_becomes_text() -> None:
    message = a_mail()
    message.set_content("<p>One &amp; two</p><script>x()</script>", subtype="html")

    assert read_message(bytes(message)).text == "One & two"


def test_plain_text_is_preferred_to_html() -> None:
    message = a_mail("Plain")
    message.add_alternative("<p>HTML</p>", subtype="html")

    assert read_message(bytes(message)).text == "Plain"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("list.csv", "list.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\files\list.csv", "list.csv"),
        ("Größe.csv", "Größe.csv"),
        ("..", "attachment-1.bin"),
    ],
)
def test_attachment_has_a_name_without_folders(name: str, expected: str) -> None:
    message = a_mail()
    message.add_attachment(b"1", maintype="application", subtype="octet-stream", filename=name)

    (attachment,) = read_message(bytes(message)).attachments
    assert (attachment.name, attachment.content) == (expected, b"1")


def test_mail_inside_a_mail_is_an_attachment() -> None:
    message = a_mail("Outer")
    message.add_attachment(a_mail("Inner"))

    mail = read_message(bytes(message))
    assert mail.text == "Outer"
    assert [each.name for each in mail.attachments] == ["attachment-1.eml"]
    assert b"Inner" in mail.attachments[0].content


def test_attachments_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_message, "MAX_KEPT_BYTES", 1_000)
    many, large = a_mail(), a_mail()
    for _ in range(MAX_KEPT + 2):
        many.add_attachment(b"1", maintype="text", subtype="csv", filename="a.csv")
    for size in (1_000, 1):
        large.add_attachment(b"1" * size, maintype="application", subtype="pdf", filename="a.pdf")

    assert (len(read_message(bytes(many)).attachments), read_message(bytes(many)).skipped) == (MAX_KEPT, 2)
    assert (len(read_message(bytes(large)).attachments), read_message(bytes(large)).skipped) == (1, 1)


def test_text_is_bounded() -> None:
    assert len(read_message(b"From: a@b.de\r\n\r\n" + b"x" * 2 * MAX_TEXT).text) == MAX_TEXT


def test_too_many_parts_are_refused() -> None:
    content = b"From: a@b.de\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n1\r\n" * 300

    with pytest.raises(ScriptError, match="more than 200 parts"):
        read_message(content)


def test_deeply_nested_parts_are_refused() -> None:
    content = b"From: a@b.de\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(1_500)
    )

    with pytest.raises(ScriptError, match="cannot be read"):
        read_message(content)


@pytest.mark.parametrize(
    "content",
    [
        b"From: a@b.de\r\n\r\n" + b"\n" * 300_001,
        b"From: a@b.de\r\n\r\n" + b"\r" * 300_001,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(200))
        + b"\n" * 60_000,
    ],
    ids=["lines", "carriage returns", "containers"],
)
def test_mail_that_takes_long_to_parse_is_refused(content: bytes) -> None:
    with pytest.raises(ScriptError, match="too many lines or parts"):
        read_message(content)


def test_largest_mail_in_base64_has_not_too_many_lines() -> None:
    message = a_mail()
    message.add_attachment(b"1" * 10 * 1024 * 1024, maintype="application", subtype="pdf", filename="a.pdf")

    assert len(read_message(bytes(message)).attachments) == 1


def test_long_headers_take_linear_time() -> None:
    content = b"From: a@b.de\r\nContent-Type: text/plain" + b";a" * 500_000 + b"\r\n\r\nHello"

    assert takes_at_most(2, lambda: read_message(content))
    assert read_message(content).text == "Hello"


def test_pages_are_bounded_together() -> None:
    page = b"--x\r\nContent-Type: text/html\r\n\r\n2<style>" + b"1" * 400_000 + b"</style>3\r\n"
    content = b"From: a@b.de\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + 2 * page + b"--x--"

    # The second one is cut off before the 3.
    assert read_message(content).text == "23\n2"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff\xfe",
        b"From: a@b.de\r\nContent-Type: text/plain; charset=unknown-8bit\r\n\r\n\xff",
        b"From: a@b.de\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff",
        b"From: =?no-such?q?=FF?= <a@b.de>\r\nSubject: =?utf-8?b?!!!?=\r\n\r\n1",
        b"From: a@b.de\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"From: a@b.de\r\nContent-Type: multipart/mixed\r\n\r\n1",
        b"From: a@b.de\r\nContent-Type: text/plain; charset=idna\r\n\r\n\xff..",
        b"From: a@b.de\r\nSubject: \xff\xfe\r\n\r\n1",
    ],
)
def test_broken_mail_is_read_as_far_as_it_can_be(content: bytes) -> None:
    mail = read_message(content)

    (mail.subject + mail.text + mail.sender + mail.sender_name).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "Auto-Replied; x=1"},
        {"Return_Path": "<>"},
        {"Precedence": "auto_reply"},
    ],
)
def test_mail_of_a_program_is_recognized(headers: dict[str, str]) -> None:
    assert read_message(bytes(a_mail(**headers))).is_automatic


def test_report_and_mail_of_a_mail_server_are_automatic() -> None:
    report = b"From: a@b.de\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\n1\r\n--x--"

    assert read_message(report).is_automatic
    assert read_message(b"From: Mailer-Daemon@b.de\r\n\r\n1").is_automatic
    assert read_message(b"Subject: no sender\r\n\r\n1").is_automatic


def test_mail_of_a_person_is_not_automatic() -> None:
    assert not read_message(bytes(a_mail(Auto_Submitted="no", Precedence="list"))).is_automatic
