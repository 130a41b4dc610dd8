"""Headers of a script: what it is for, its arguments, and what starts it."""

from basic.keywords.keyword import Chapter, structure

KEYWORDS = (
    structure(
        Chapter.AUTOMATION,
        "DESCRIPTION",
        ('DESCRIPTION "text"',),
        "Describes what a script does, for the language model that may call it.",
    ),
    structure(
        Chapter.AUTOMATION,
        "PARAM",
        (
            'PARAM name [AS TYPE] [LIKE "example"] [DESCRIPTION "text"] [ENUM ["a", "b"]] [DEFAULT value] [OPTIONAL]',
            'PARAM name AS "a", "b"',
            "PARAM name, name",
        ),
        "Declares an argument of a script.",
    ),
    structure(
        Chapter.AUTOMATION,
        "WEBHOOK",
        ('WEBHOOK "name"',),
        "Runs the script when that address is called, with `params`, `body`, `headers` and `method`; responds with "
        "`result`.",
    ),
    structure(
        Chapter.AUTOMATION,
        "SET SCHEDULE",
        (
            'SET SCHEDULE "when"',
            'SET SCHEDULE "when", "script.bas"',
            'SET SCHEDULE value, "script.bas"',
            'SET SCHEDULE "time of the day" date, "script.bas"',
        ),
        "Runs the script, or another one, without a user: by cron, at a time of the day, or once. A written time "
        "counts when the bot is published, a computed one when the statement is run.",
    ),
    structure(
        Chapter.AUTOMATION,
        "ON INSERT OF",
        ('ON INSERT OF "table"',),
        "Runs the script once for each new row, with `row`.",
    ),
    structure(
        Chapter.AUTOMATION,
        "ON UPDATE OF",
        ('ON UPDATE OF "table"',),
        "Runs the script once for each change of a row, with `row` and `old`.",
    ),
    structure(
        Chapter.AUTOMATION,
        "ON DELETE OF",
        ('ON DELETE OF "table"',),
        "Runs the script once for each deleted row, with `row`.",
    ),
    structure(
        Chapter.AUTOMATION,
        "ON EMAIL",
        (
            'ON EMAIL "address"',
            'ON EMAIL "address" FROM "sender or domain"',
            'ON EMAIL "address" SUBJECT "part of the subject"',
        ),
        "Runs the script once for each mail to an address of the deployment, with `email`.",
    ),
)
