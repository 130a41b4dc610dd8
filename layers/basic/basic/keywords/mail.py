"""Keywords of mail, messages and tasks."""

from basic.keywords.keyword import Chapter, Keyword, structure

KEYWORDS = (
    Keyword(
        "SEND MAIL",
        Chapter.MAIL,
        (
            "SEND MAIL to, subject, text [, attachments]",
            "SEND MAIL to, text",
            "SEND MAIL TO to SUBJECT subject BODY text",
        ),
        "Sends a mail, if the deployment has a sender (`MailFrom`). The recipient is an address, several "
        "in one text with commas between them, or an array; there are at most 50 in a mail, and 10 mails in a turn. An "
        "invalid address is an error. Without a subject, or with an empty one, the first line of the text is the "
        "subject. A text that begins with a tag of HTML is sent as HTML beside a plain text, without scripts, images "
        "and styles. A mail is never sent twice, even if its turn is interrupted and run again. "
        "Attachments are the path of a file in the drive of the bot, or an array of at most 10 paths; "
        "they have 7 MB together at most. `ATTACHMENT` may stand before them. As a value it is TRUE.",
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
    Keyword(
        "SEND TEMPLATE",
        Chapter.MAIL,
        (
            "SEND TEMPLATE template, channel, to [, data]",
            "SEND TEMPLATE to, template",
            "SEND TEMPLATE TO to, template [, data]",
            "SEND TEMPLATE template TO to [VIA channel] [WITH data]",
        ),
        "Sends a mail whose text is a template in the drive of the bot, as `SEND MAIL` does: HTML, Markdown or a "
        "plain text; a name without an ending is that of HTML. `{{field}}` and `${field}` are values of the map, as "
        "in `GENERATE PDF`. The first line may be `Subject: ...`. The channel is `email`; with `sms` it is a text "
        "message to a telephone number, as `SEND SMS` sends one, without the markup of HTML and the subject. A "
        "statement with another channel, or with a telephone number and no channel, fails with an error that says so. "
        "Without a channel, the address may also follow the template, and the map may be the third value.",
        result=True,
    ),
    Keyword(
        "CREATE DRAFT",
        Chapter.MAIL,
        ("CREATE DRAFT to, subject, text [, attachments]",),
        "Stores a mail that is not sent, as a row of the table `drafts`: `id`, `to` (an array), `subject`, `text`, "
        '`attachments` (paths, if there are any), `status` ("draft") and `created_at`; returns the id. The row belongs '
        "to the user, unless that is a visitor, and is exported and erased with the user's data.",
        result=True,
    ),
    Keyword(
        "SEND SMS",
        Chapter.MAIL,
        ("SEND SMS to, text [, provider] [, priority]",),
        "Sends a text message to a telephone, if the deployment has a sender (`SmsFrom`). The recipient is one number "
        "with `+` and the country code; blanks, brackets, dots, hyphens and slashes in it are left out. The text has "
        "1,600 characters at most; a long one arrives in parts, each of which is paid for. There are at most 10 "
        "messages in a turn. An invalid number is an error. A message is never sent twice, even if its turn is "
        "interrupted and run again. As a value it is a map with `success` (TRUE), `to` (the number) and `message_id`. "
        "The provider and the priority of General Bots may follow and have no effect.",
        result=True,
    ),
    Keyword(
        "CREATE TASK",
        Chapter.MAIL,
        ("CREATE TASK title [, assignee] [, due] [, project]",),
        "Stores a task, as a row of the table `tasks`: `id`, `title`, `assignee`, `due`, `project`, `status` "
        '("open") and `created_at`; returns the id. `FIND`, `UPDATE` and `DELETE` list, change and remove tasks. The '
        "row belongs to the user, as that of CREATE DRAFT.",
        result=True,
    ),
)
