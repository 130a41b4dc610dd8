"""Keywords of mail, messages and tasks."""

from functools import partial

from basic.keywords.keyword import Chapter, Keyword, later, structure

_later = partial(later, Chapter.MAIL)

KEYWORDS = (
    Keyword(
        "SEND MAIL",
        Chapter.MAIL,
        ("SEND MAIL to, subject, text [, attachments]", "SEND MAIL to, text"),
        "Sends a mail of plain text, if the deployment has a sender (`MailFrom`). The recipient is an address, several "
        "in one text with commas between them, or an array; there are at most 50 in a mail, and 10 mails in a turn. An "
        "invalid address is an error. Without a subject, or with an empty one, the first line of the text is the "
        "subject. A mail is never sent twice, even if its turn is interrupted and run again. Attachments must be an "
        "empty array. As a value it is TRUE.",
        result=True,
        aliases=("SEND EMAIL",),
    ),
    structure(
        Chapter.MAIL,
        "BEGIN MAIL",
        ("BEGIN MAIL to ... END MAIL",),
        "Sends the lines of the block as a mail, as `SEND MAIL` does. A first line `Subject: ...` is the subject; "
        "`${expression}` is replaced by its value.",
    ),
    _later("CREATE DRAFT", "CREATE DRAFT to, subject, body", "Drafts mail."),
    _later("SEND TEMPLATE", "SEND TEMPLATE name, to", "Sends a template."),
    _later("SEND SMS", "SEND SMS to, text", "Sends a text message."),
    _later("CREATE TASK", "CREATE TASK title, who, due", "Adds a task."),
)
