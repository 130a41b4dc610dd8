"""Functions of text that scripts may also call without brackets, and codes; for all functions see `basic.functions`."""

from basic.keywords.keyword import Chapter, Keyword, function_phrase

KEYWORDS = (
    function_phrase(Chapter.TEXT, ("IS NUMERIC(text)",), "Whether a text is a number.", "ISNUMERIC"),
    function_phrase(Chapter.TEXT, ("JSON PARSE text",), "The value of a JSON text.", "PARSE JSON"),
    function_phrase(Chapter.TEXT, ("TOJSON value",), "A value as JSON.", "JSON STRINGIFY"),
    function_phrase(Chapter.TEXT, ("IS VALID address!",), "Whether a text is a mail address; also `address IS VALID`."),
    Keyword(
        "GENERATE CODE",
        Chapter.TEXT,
        ("GENERATE CODE digits",),
        "A text of 4 to 12 random digits that no one can predict, such as a code that is mailed to prove an address.",
        result=True,
    ),
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
