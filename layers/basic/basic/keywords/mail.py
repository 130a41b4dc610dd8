"""Keywords of mail, messages and tasks, which are not supported yet."""

from functools import partial

from basic.keywords.keyword import Chapter, later

_later = partial(later, Chapter.MAIL)

KEYWORDS = (
    _later("SEND MAIL", "SEND MAIL to, subject, body", "Sends mail.", "SEND EMAIL"),
    _later("BEGIN MAIL", "BEGIN MAIL to ... END MAIL", "Sends mail."),
    _later("CREATE DRAFT", "CREATE DRAFT to, subject, body", "Drafts mail."),
    _later("SEND TEMPLATE", "SEND TEMPLATE name, to", "Sends a template."),
    _later("SEND SMS", "SEND SMS to, text", "Sends a text message."),
    _later("CREATE TASK", "CREATE TASK title, who, due", "Adds a task."),
)
