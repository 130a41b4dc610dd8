"""Functions of text that scripts may also call without brackets; for all functions see `basic.functions`."""

from basic.keywords.keyword import Chapter, function_phrase, later

KEYWORDS = (
    function_phrase(Chapter.TEXT, ("IS NUMERIC(text)",), "Whether a text is a number.", "ISNUMERIC"),
    function_phrase(Chapter.TEXT, ("JSON PARSE text",), "The value of a JSON text.", "PARSE JSON"),
    function_phrase(Chapter.TEXT, ("TOJSON value",), "A value as JSON.", "JSON STRINGIFY"),
    later(Chapter.TEXT, "IS VALID", "IS VALID value", "Whether a value is valid, by rules of General Bots."),
    function_phrase(
        Chapter.TEXT,
        ("CONTAINS(value, part)",),
        "Whether a text or an array contains a part; also `a CONTAINS b`.",
    ),
    function_phrase(
        Chapter.TEXT,
        ("FORMAT value AS pattern!", "FORMAT value, pattern!", "FORMAT value"),
        "A number or a date, formatted by a pattern; without one, as text.",
    ),
)
