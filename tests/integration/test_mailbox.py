"""The mailbox page of the local stack."""

from local.front_door.mailbox import build_page


def a_mail(subject: str, at: float, text: str = "B") -> dict[str, object]:
    return {
        "Subject": subject,
        "To": ["ada@example.com"],
        "Source": "bots@x.example",
        "BodyText": text,
        "Timestamp": at,
    }


def test_newest_mail_is_first() -> None:
    page = build_page([a_mail("older", 1.5), a_mail("newer", 86_400)])

    assert page.index("newer") < page.index("older")
    assert "1970-01-02 00:00:00 UTC" in page


def test_mails_are_text() -> None:
    page = build_page([a_mail("<script>alert(1)</script>", 1, "<b>&")])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<pre>&lt;b&gt;&amp;</pre>" in page


def test_empty_mailbox_says_so() -> None:
    assert "No bot has sent mail yet." in build_page([])
