"""Keywords that decide what runs next, and the headers of a script."""

from basic.keywords.keyword import Group, Keyword, Role


def _row(name: str, forms: tuple[str, ...], doc: str, *aliases: str) -> Keyword:
    return Keyword(name, Group.CONTROL, forms, doc, role=Role.STRUCTURE, aliases=aliases)


CONTROL = (
    _row(
        "IF",
        (
            "IF condition THEN ... ELSE IF condition THEN ... ELSE ... END IF",
            "IF condition THEN statement ELSE statement",
        ),
        "Runs the first branch whose condition holds.",
    ),
    _row(
        "SWITCH",
        ("SWITCH value ... CASE a, b ... DEFAULT ... END SWITCH",),
        "Runs the first CASE that equals the value, which is worked out once; text keeps case.",
    ),
    _row(
        "SELECT CASE",
        ("SELECT CASE value ... CASE a, b ... CASE ELSE ... END SELECT",),
        "The same as SWITCH.",
    ),
    _row(
        "FOR EACH",
        ("FOR EACH variable IN items ... NEXT variable", "FOR EACH variable IN items DO ... END FOR"),
        "Runs once for each item of an array; the variable lives in the block only.",
    ),
    _row(
        "FOR",
        ("FOR variable = start TO stop [STEP step] ... NEXT variable",),
        "Counts from start to stop, both included.",
    ),
    _row(
        "DO",
        ("DO WHILE condition ... LOOP", "DO UNTIL condition ... LOOP", "DO ... LOOP WHILE condition", "DO ... LOOP"),
        "Repeats while or until a condition holds, or until EXIT DO.",
    ),
    _row(
        "WHILE",
        ("WHILE condition ... WEND",),
        "Repeats while a condition holds.",
    ),
    _row(
        "EXIT",
        ("EXIT", "EXIT FOR", "EXIT DO", "EXIT WHILE", "EXIT SUB", "EXIT FUNCTION"),
        "Ends the script, or leaves the innermost loop or the routine.",
    ),
    _row(
        "CALL",
        ('CALL "script" [, arguments]', "CALL name(arguments)"),
        "Runs another script of the bot, a SUB or a FUNCTION, and goes on after it.",
    ),
    _row(
        "SUB",
        ("SUB name(parameters) ... END SUB",),
        "Names some statements; its parameters are its own.",
    ),
    _row(
        "FUNCTION",
        ("FUNCTION name(parameters) ... RETURN value ... END FUNCTION",),
        "Names some statements that work out a value.",
    ),
    _row(
        "RETURN",
        ("RETURN [value]",),
        "Leaves a FUNCTION, a SUB or a script with a value; a tool's value is its answer.",
    ),
    _row(
        "ON ERROR RESUME NEXT",
        ("ON ERROR RESUME NEXT",),
        "From here on, skips a statement that fails, until the end of the script or routine.",
    ),
    _row("ON ERROR GOTO 0", ("ON ERROR GOTO 0",), "A statement that fails ends the script again."),
    Keyword("GOTO", Group.CONTROL, ("GOTO label",), "Jumps.", role=Role.LATER),
    Keyword("TRY", Group.CONTROL, ("TRY ... CATCH ... END TRY",), "Catches errors.", role=Role.LATER),
)

AUTOMATION = (
    Keyword(
        "DESCRIPTION",
        Group.AUTOMATION,
        ('DESCRIPTION "text"',),
        "Says what a script does, for the language model that may call it.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "PARAM",
        Group.AUTOMATION,
        ('PARAM name AS TYPE [LIKE "example"] [DESCRIPTION "text"] [ENUM ["a", "b"]] [DEFAULT value] [OPTIONAL]',),
        "Names an argument of a script.",
        role=Role.STRUCTURE,
    ),
    Keyword(
        "WEBHOOK",
        Group.AUTOMATION,
        ('WEBHOOK "name"',),
        "Runs the script when that address is called, with `params`, `body`, `headers` and `method`; answers `result`.",
        role=Role.STRUCTURE,
    ),
    Keyword("SET SCHEDULE", Group.AUTOMATION, ("SET SCHEDULE when",), "Runs the script at times.", role=Role.LATER),
    Keyword("ON INSERT OF", Group.AUTOMATION, ("ON INSERT OF table",), "Runs for a new row.", role=Role.LATER),
    Keyword("ON UPDATE OF", Group.AUTOMATION, ("ON UPDATE OF table",), "Runs for a changed row.", role=Role.LATER),
    Keyword("ON DELETE OF", Group.AUTOMATION, ("ON DELETE OF table",), "Runs for a row that went.", role=Role.LATER),
)
