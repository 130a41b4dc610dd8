"""Headers of a script: what it is for, its arguments, and what starts it."""

from basic.keywords.keyword import Chapter, ignored, structure

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
    ignored(Chapter.AUTOMATION, "SET SCHEDULE", "SET SCHEDULE when", "Runs the script on a schedule."),
    ignored(Chapter.AUTOMATION, "ON INSERT OF", "ON INSERT OF table", "Runs the script for a new row."),
    ignored(Chapter.AUTOMATION, "ON UPDATE OF", "ON UPDATE OF table", "Runs the script for a changed row."),
    ignored(Chapter.AUTOMATION, "ON DELETE OF", "ON DELETE OF table", "Runs the script for a deleted row."),
)
