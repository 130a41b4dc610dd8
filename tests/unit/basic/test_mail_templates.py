"""SEND TEMPLATE: the orders of its values, the mail that a template becomes, and what has no channel."""

import pytest

from basic.host import EffectKey, FileRequest, Mail, Sms
from basic.mail_templates import TemplateMessage, fill_mail, fill_sms
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose

ADA = "ada@example.com"
NOT_A_NUMBER = "is not a telephone number with + and the country code, as in +15550100"
NO_CHANNEL = 'without a channel a template is sent to a mail address only; name the channel "sms" for a text message'
VALUES = 'values = #{name: "Ada"}\n'


def run(script: str, template: str = "Subject: For ${name}\nDear ${name}") -> Dialog:
    """Run a script whose drive has one template under every name."""
    host = FakeHost()
    host.file_result = template
    return Dialog(script, host=host)


@pytest.mark.parametrize(
    "statement",
    [
        f'SEND TEMPLATE "welcome.txt", "email", "{ADA}", values',
        f'SEND TEMPLATE "welcome.txt", "{ADA}", "E-Mail", values',
        f'SEND_TEMPLATE "welcome.txt", "{ADA}", values',
        f'SEND TEMPLATE "{ADA}", "welcome.txt", values',
        f'SEND TEMPLATE TO "{ADA}", "welcome.txt", [values]',
        f'SEND TEMPLATE "welcome.txt" TO "{ADA}" VIA "mail" WITH values',
        f'SEND TEMPLATE "welcome.txt" TO ["{ADA}"] WITH values',
        f'x = SEND TEMPLATE "welcome.txt", "email", "{ADA}", #{{\n    name: "Ada"\n}}',
    ],
)
def test_values_are_read_in_each_order(statement: str) -> None:
    dialog = run(VALUES + statement)

    assert dialog.host.files == [(EffectKey("turn-1", 1), FileRequest("read", "welcome.txt"))]
    assert dialog.host.mails == [(EffectKey("turn-1", 2), Mail((ADA,), "For Ada", "Dear Ada"))]


@pytest.mark.parametrize("statement", [f'SEND TEMPLATE "{ADA}", "a.txt"', f'SEND TEMPLATE "a.txt", "{ADA}"'])
def test_template_without_values_is_sent_as_it_is(statement: str) -> None:
    dialog = run(statement, "Closed today")

    assert [mail for _, mail in dialog.host.mails] == [Mail((ADA,), "Closed today", "Closed today")]


def test_values_of_html_are_escaped_and_the_subject_is_plain() -> None:
    mail = fill_mail(
        TemplateMessage(ADA, "a.html", {"name": "<b>A & B</b>"}), "\nsubject: To {{name}}\n<p>Dear {{name}}</p>"
    )

    assert (mail.subject, mail.text) == ("To <b>A & B</b>", "Dear <b>A & B</b>")
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in mail.html


def test_value_with_lines_adds_no_subject_and_no_recipient() -> None:
    mail = fill_mail(
        TemplateMessage(ADA, "a.txt", {"x": "Subject: B\nBcc: eva@example.com"}), "Subject: A {{x}}\n{{x}}"
    )

    assert (mail.to, mail.subject) == ((ADA,), "A Subject: B Bcc: eva@example.com")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            'SEND TEMPLATE "welcome.txt", "whatsapp", "+15550100", values',
            'the deployment has no channel "whatsapp": a template is sent by email or sms only',
        ),
        (
            'SEND TEMPLATE TO "+1 555 0100", "welcome.txt", values',
            NO_CHANNEL,
        ),
        (
            'SEND TEMPLATE "15550100", "welcome.txt", values',
            NO_CHANNEL,
        ),
        (
            f'SEND TEMPLATE "{ADA}", "welcome.pdf", values',
            "welcome.pdf is no template: its name ends with .html, .md or .txt",
        ),
        (f'SEND TEMPLATE "{ADA}", "", values', "the name of the template is empty"),
        (f'SEND TEMPLATE "{ADA}", "welcome.txt"', "welcome.txt needs a value for name"),
        (f'SEND TEMPLATE TO "{ADA}", "welcome.txt", 3', "the values of a template must be a map, not a number"),
        ('SEND TEMPLATE TO "ada@", "welcome.txt", values', "recipient 1 of the mail is not a mail address"),
        (f'SEND TEMPLATE "welcome.txt", "sms", "{ADA}", values', f"the recipient of the text message {NOT_A_NUMBER}"),
        (
            'SEND TEMPLATE "welcome.txt", "sms", ["+15550100", "+15550101"], values',
            "the recipient of a text message must be a telephone number, not an array",
        ),
    ],
)
def test_what_cannot_be_sent_is_an_error_that_a_script_can_handle(statement: str, message: str) -> None:
    dialog = run(VALUES + statement)

    assert dialog.fault == f"start.bas:2:1: {message}"
    assert dialog.host.mails == []
    assert dialog.host.texts == []
    assert run(f'{VALUES}ON ERROR RESUME NEXT\n{statement}\nTALK "on"').messages == ["on"]


def test_template_without_an_ending_is_html() -> None:
    assert run(f'SEND TEMPLATE "{ADA}", "may/first"', "Hello").host.files[0][1].path == "may/first.html"


@pytest.mark.parametrize(
    ("channel", "warned"), [('"WhatsApp"', True), ('"email"', False), ('"SMS"', False), ("channel", False)]
)
def test_check_warns_of_a_channel_that_no_deployment_has(channel: str, *, warned: bool) -> None:
    message = 'SEND TEMPLATE over "WhatsApp" fails: the only channels are email and sms'

    found = diagnose(f'channel = "sms"\nSEND TEMPLATE "a.txt", {channel}, "{ADA}"')

    assert found == ([f"2:24 warning: {message}"] if warned else [])


def test_array_of_recipients_is_one_mail() -> None:
    assert fill_mail(TemplateMessage([ADA, "bia@example.com"], "a.txt", {}), "Hello").to == (ADA, "bia@example.com")


@pytest.mark.parametrize(
    "statement",
    [
        'SEND TEMPLATE "welcome.txt", "sms", "+1 555 0100", values',
        'SEND TEMPLATE "welcome.txt", "+15550100", "SMS", values',
        'SEND TEMPLATE "welcome.txt" TO "+15550100" VIA "sms" WITH values',
    ],
)
def test_template_is_sent_as_a_text_message_without_its_subject(statement: str) -> None:
    dialog = run(VALUES + statement)

    assert dialog.host.texts == [(EffectKey("turn-1", 2), Sms("+15550100", "Dear Ada"))]
    assert dialog.host.mails == []


def test_text_message_has_no_markup_of_its_template() -> None:
    message = TemplateMessage("+15550100", "a.html", {"name": "<b>A & B</b>"}, is_sms=True)

    assert fill_sms(message, "<h1>Hello</h1><p>Dear <i>{{name}}</i></p>").text == "Hello\n\nDear <b>A & B</b>"
