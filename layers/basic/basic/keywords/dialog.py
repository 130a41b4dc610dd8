"""Keywords that send messages, wait for answers and prepare the language model."""

from basic.keywords.keyword import Chapter, Keyword, Role, ignored

KEYWORDS = (
    Keyword(
        "TALK",
        Chapter.DIALOG,
        ("TALK text",),
        "Sends one message. In every quoted text, `${expression}` is replaced by its value, by nothing if it has none; "
        "`\\${` is not replaced.",
        aliases=("SEND MESSAGE",),
    ),
    Keyword(
        "TALK TO",
        Chapter.DIALOG,
        ("TALK TO user, text",),
        "Sends a message to another user, in the conversation with this bot that the user used last; in a new one if "
        "all are archived. The user is the `sub` of their tokens, `USER_ID()` in their own conversation, or an array; "
        "it is an error if the bot has no conversation with them. What they answer goes to their own dialog. The "
        "message is sent once, without the pauses of WAIT; 50 in a turn and 5,000 of a bot in a day at most. For the "
        "user of this conversation it is a TALK.",
    ),
    Keyword(
        "BEGIN TALK",
        Chapter.DIALOG,
        ("BEGIN TALK ... END TALK",),
        "Sends the lines in between as one message; `${expression}` is replaced by its value.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "BEGIN SYSTEM PROMPT",
        Chapter.DIALOG,
        ("BEGIN SYSTEM PROMPT ... END SYSTEM PROMPT",),
        "Gives the language model its role; `${expression}` is replaced by its value.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "HEAR",
        Chapter.DIALOG,
        (
            "HEAR variable",
            "HEAR variable AS TYPE [WITH prompt] [DEFAULT value]",
            'HEAR variable AS "A", "B" [, *]',
            "HEAR prompt AS variable",
            "variable = HEAR [prompt]",
        ),
        "Waits for the user's next message; a type validates it, in three attempts; a menu shows its options. One text "
        "alone after AS, without `MENU`, is the question.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "ADD SUGGESTION",
        Chapter.DIALOG,
        (
            "ADD SUGGESTION TOOL tool~ AS label",
            "ADD SUGGESTION TEXT text AS label",
            "ADD SUGGESTION context~ AS label",
            "ADD SUGGESTION label [, action]",
        ),
        "Shows a quick reply, which sends a text, selects a context or calls a tool.",
    ),
    Keyword(
        "CLEAR SUGGESTIONS",
        Chapter.DIALOG,
        ("CLEAR SUGGESTIONS",),
        "Removes all quick replies.",
        aliases=("CLEAR SUGGESTION",),
    ),
    Keyword(
        "SET CONTEXT",
        Chapter.DIALOG,
        ("SET CONTEXT name~ AS text", "SET CONTEXT name~, text", "SET CONTEXT text"),
        "Adds to the language model's instructions, immediately or when the context of that name is selected.",
    ),
    Keyword(
        "SET ANSWER MODE",
        Chapter.DIALOG,
        ("SET ANSWER MODE mode",),
        'How free text is answered. `"document"` is what the bot does anyway: the language model answers from the '
        'context, the knowledge bases and the tools of the conversation. With `"sql"` the model also reads the rows '
        "of the bot's TABLEs: it writes SELECT statements, which run on a copy of the rows that the user may read by "
        "READ BY. A table without READ BY is open to every user of the bot. Other modes are ignored.",
    ),
    Keyword(
        "ALLOW ROLE",
        Chapter.DIALOG,
        ("ALLOW ROLE roles...",),
        "Requires that the user is in a group with the name of one of the roles, from here to the end of the dialog; "
        "in a tool, for the tool. Anyone else gets the answer that they may not use this, and the dialog begins again "
        "with their next message. ON ERROR RESUME NEXT does not skip it. A script without a user, such as one with a "
        "schedule, has every role.",
    ),
    Keyword(
        "PRINT",
        Chapter.DIALOG,
        ("PRINT value [, data]",),
        "Writes to the bot's log, not to the user.",
        aliases=("DEBUG", "LOG", "LOG INFO", "LOG WARN", "LOG WARNING", "LOG ERROR", "LOG DEBUG"),
    ),
    Keyword(
        "LOG ACTIVITY",
        Chapter.DIALOG,
        ("LOG ACTIVITY values...",),
        "Writes an activity to the bot's log, as PRINT does: what it is about, its kind, what was done and by whom.",
    ),
    Keyword(
        "RECORD METRIC",
        Chapter.DIALOG,
        ("RECORD METRIC name [, value]",),
        'Writes a metric to the log of the bot, as PRINT does, and its fields: `… WITH kind = "call", minutes = 5`.',
    ),
    Keyword(
        "WAIT",
        Chapter.DIALOG,
        ("WAIT seconds",),
        "Delays the messages after it by that many seconds, 300 at most.",
    ),
    Keyword(
        "LLM",
        Chapter.DIALOG,
        ("LLM prompt",),
        "Prompts the bot's language model.",
        result=True,
    ),
    Keyword(
        "USE KB",
        Chapter.DIALOG,
        ("USE KB name~",),
        "Attaches a knowledge base, a folder of `<bot>.gbkb`, to the conversation; `<bot>.gbkb` is all of them. Free "
        "text is answered from it: by the language model, or by the best passage if the bot has none. A name that "
        "does not exist is ignored.",
        aliases=("ADD KB", "SET KB"),
    ),
    Keyword(
        "CLEAR KB",
        Chapter.DIALOG,
        ("CLEAR KB [name~]",),
        "Detaches one knowledge base, or all; websites stay attached.",
    ),
    Keyword(
        "USE WEBSITE",
        Chapter.DIALOG,
        ("USE WEBSITE url, interval", "USE WEBSITE url [REFRESH interval]"),
        "Attaches the pages of a website to the conversation, as USE KB does. They are fetched when the bot is "
        "published, so the address must be written out; publish again to fetch them again. The interval has no effect.",
        aliases=("ADD WEBSITE",),
    ),
    Keyword("CLEAR WEBSITES", Chapter.DIALOG, ("CLEAR WEBSITES",), "Detaches all websites."),
    Keyword(
        "THINK KB",
        Chapter.DIALOG,
        ("THINK KB query",),
        "Searches the attached knowledge bases and websites. The result is a map: `results`, an array of at most "
        "five maps with `content`, `source`, `kb_name` and `relevance` (from 0 to 1), the best one first; "
        "`summary`, the content of the best one; `confidence`, the highest relevance; `total_results`, `sources`, "
        "`query` and `kb_count`.",
        result=True,
    ),
    Keyword(
        "REWRITE",
        Chapter.DIALOG,
        ("REWRITE text",),
        "Lets the bot's language model write a text better: clear, polite, without mistakes, in the same language.",
        result=True,
    ),
    Keyword(
        "USE TOOL",
        Chapter.DIALOG,
        ("USE TOOL name~",),
        "Lets the language model call a script of the bot in this conversation.",
        aliases=("ADD TOOL",),
    ),
    Keyword("CLEAR TOOLS", Chapter.DIALOG, ("CLEAR TOOLS",), "Removes all tools."),
    ignored(Chapter.DIALOG, "ADD SWITCHER", "ADD SWITCHER id AS label", "Shows a choice of answer styles."),
    ignored(Chapter.DIALOG, "ADD BOT", "ADD BOT name", "Adds another bot to the conversation."),
    ignored(Chapter.DIALOG, "USE TOOL AS MCP", "USE TOOL name AS MCP", "Adds a tool of an MCP server."),
)
