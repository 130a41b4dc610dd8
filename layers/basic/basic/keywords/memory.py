"""Keywords of variables, of maps and of the bot's memory across conversations."""

from basic.keywords.keyword import Chapter, Keyword, Role

KEYWORDS = (
    Keyword(
        "SET",
        Chapter.MEMORY,
        ("variable = value", "LET variable = value", "SET variable = value", "SET variable, value"),
        "Assigns a value to a variable; variables last as long as the conversation.",
        role=Role.STRUCTURE,
        aliases=("LET",),
    ),
    Keyword(
        "DIM",
        Chapter.MEMORY,
        ("DIM variable [AS TYPE] [= value]", "DIM variable(size)"),
        "Gives a variable a first value: 0, an empty text or FALSE by its type, or an empty array. It is not needed.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "GET BOT MEMORY",
        Chapter.MEMORY,
        ("GET BOT MEMORY name~",),
        "Reads a value that the bot stores for all users; empty if nothing is stored.",
        result=True,
    ),
    Keyword(
        "SET BOT MEMORY",
        Chapter.MEMORY,
        ("SET BOT MEMORY name~, value", "SET BOT MEMORY name~ = value", "SET BOT MEMORY name~ AS value"),
        "Stores a value for all users of the bot.",
    ),
    Keyword(
        "GET USER MEMORY",
        Chapter.MEMORY,
        ("GET USER MEMORY name~",),
        "Reads a value that the bot stores for this user; empty if nothing is stored.",
        result=True,
    ),
    Keyword(
        "SET USER MEMORY",
        Chapter.MEMORY,
        ("SET USER MEMORY name~, value", "SET USER MEMORY name~ = value", "SET USER MEMORY name~ AS value"),
        "Stores a value for this user.",
    ),
    Keyword(
        "REMEMBER",
        Chapter.MEMORY,
        ("REMEMBER name~, value [, duration]", "REMEMBER name~ = value", "REMEMBER name~ AS value"),
        'The same as SET USER MEMORY, for a duration if there is one: `"5 minutes"`, `"2 hours"`, a number of days, '
        'or `"forever"`.',
    ),
    Keyword(
        "RECALL",
        Chapter.MEMORY,
        ("RECALL name~",),
        "The same as GET USER MEMORY: what REMEMBER has stored; empty after its duration.",
        result=True,
    ),
    Keyword(
        "GET SESSION",
        Chapter.MEMORY,
        ("GET SESSION name~",),
        'Reads a variable of the conversation by its name, as `GET "session.name"` does; empty if it has no value.',
        result=True,
    ),
    Keyword(
        "SET SESSION",
        Chapter.MEMORY,
        (
            "SET SESSION name~, value",
            "SET SESSION name~ = value",
            "SET SESSION name~ AS value",
        ),
        'Assigns a value to a variable of the conversation by its name, as `SET "session.name" = value` does.',
    ),
    Keyword(
        "NEW OBJECT",
        Chapter.MEMORY,
        ("NEW OBJECT", '#{name: value, "other name": value}', "{name: value}"),
        "An empty map, or one with these entries.",
        role=Role.STRUCTURE,
        aliases=("CREATE OBJECT",),
    ),
    Keyword("NEW ARRAY", Chapter.MEMORY, ("NEW ARRAY", "[value, value]"), "An array.", role=Role.STRUCTURE),
    Keyword(
        "WITH",
        Chapter.MEMORY,
        ("WITH variable ... END WITH",),
        "Sets fields of a map, one per line: `.field = value` or `field = value`.",
        role=Role.STRUCTURE,
    ),
)
