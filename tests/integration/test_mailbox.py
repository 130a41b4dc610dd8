"""The mailbox page of the local stack."""

import base64
import time
from typing import Any

from conversations.adapters.ses import build_message
from conversations.domain.mail import MailAttachment, MailParts
from local.emulator.mail_attachments import keep_attachments
from local.emulator.sms_times import note_times
from local.front_door.mailbox import build_page, list_attachments

A_FILE = MailAttachment("<José>.pdf", "application/pdf", b"%PDF-\0\xff")
A_TEXT = MailAttachment("notes.txt", "text/plain", b"Thanks")


def a_mail(subject: str, at: float, text: str = "B") -> dict[str, object]:
    return {
        "Subject": subject,
        "To": ["ada@example.com"],
        "Source": "bots@x.example",
        "BodyText": text,
        "Timestamp": at,
    }


def a_text(text: str) -> dict[str, Any]:
    """Return a text message as MiniStack stores it."""
    attribute = {"DataType": "String", "StringValue": "<BOTS>"}
    return {"PhoneNumber": "+15550100", "Message": text, "MessageAttributes": {"AWS.SNS.SMS.SenderID": attribute}}


def test_newest_mail_is_first() -> None:
    page = build_page([a_mail("older", 1.5), a_mail("newer", 86_400)], [])

    assert page.index("newer") < page.index("older")
    assert "1970-01-02 00:00:00 UTC" in page


def test_mails_are_text() -> None:
    page = build_page([a_mail("<script>alert(1)</script>", 1, "<b>&")], [])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<pre>&lt;b&gt;&amp;</pre>" in page


def test_text_messages_are_among_the_mails_by_their_time() -> None:
    logs: dict[str, list[dict[str, Any]]] = {}
    find_log = note_times(lambda number: logs.setdefault(number, []))
    before = time.time()
    find_log("+15550100").append(a_text("<b>first</b>"))
    find_log("+15550100").append(a_text("second"))
    (first, second) = logs["+15550100"]

    page = build_page([a_mail("newer", before + 60), a_mail("older", 1.5)], [first, second])

    places = [page.index(each) for each in ("newer", "second", "&lt;b&gt;first&lt;/b&gt;", "older")]
    assert places == sorted(places)
    assert "<h2>Text message</h2><p>To: +15550100</p><p>From: &lt;BOTS&gt;, 20" in page


def test_attachments_are_links_with_their_names() -> None:
    message = build_message("bots@x.example", ["ada@example.com"], "Bill", "See below.", MailParts((A_FILE, A_TEXT)))
    parsed = keep_attachments(lambda _: {"Subject": "Bill"})(base64.b64encode(message.as_bytes()).decode())
    body, files = (part["Data"] for part in parsed["BodyParts"])
    mail = a_mail("Bill", 1) | {"MessageId": "a@b", "BodyHtml": files}

    assert parsed["Subject"] == "Bill"
    assert body.strip() == "See below."
    assert [(file["name"], base64.b64decode(file["content"])) for file in list_attachments(mail)] == [
        (A_FILE.name, A_FILE.content),
        (A_TEXT.name, A_TEXT.content),
    ]
    assert '<a href="/mailbox/a%40b/0" download>&lt;José&gt;.pdf</a>' in build_page([mail], [])


def test_empty_mailbox_says_so() -> None:
    assert "No bot has sent a message yet." in build_page([], [])
