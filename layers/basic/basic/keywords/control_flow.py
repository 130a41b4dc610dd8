"""Keywords that decide what runs next."""

from functools import partial

from basic.keywords.keyword import Chapter, Keyword, function_phrase, later, structure

_structure = partial(structure, Chapter.CONTROL_FLOW)

KEYWORDS = (
    _structure(
        "IF",
        (
            "IF condition THEN ... ELSE IF condition THEN ... ELSE ... END IF",
            "IF condition THEN statement ELSE statement",
        ),
        "Runs the first branch whose condition is true. FALSE, 0, the empty text, NULL, and an empty array or map are "
        'not true; every other text is, `"false"` too: compare it, as in `IF answer = "false" THEN`.',
    ),
    _structure(
        "SWITCH",
        ("SWITCH value ... CASE a, b ... DEFAULT ... END SWITCH",),
        "Runs the first CASE that equals the value, which is evaluated once; text is case-sensitive.",
    ),
    _structure(
        "SELECT CASE",
        ("SELECT CASE value ... CASE a, b ... CASE ELSE ... END SELECT",),
        "The same as SWITCH.",
    ),
    _structure(
        "FOR EACH",
        ("FOR EACH variable IN items ... NEXT variable", "FOR EACH variable IN items DO ... END FOR"),
        "Runs once for each item of an array; the variable exists in the block only.",
    ),
    _structure(
        "FOR",
        ("FOR variable = start TO stop [STEP step] ... NEXT variable",),
        "Counts from start to stop, both included.",
    ),
    _structure(
        "DO",
        ("DO WHILE condition ... LOOP", "DO UNTIL condition ... LOOP", "DO ... LOOP WHILE condition", "DO ... LOOP"),
        "Repeats while or until a condition is true, or until EXIT DO.",
    ),
    _structure(
        "WHILE",
        ("WHILE condition ... WEND",),
        "Repeats while a condition is true.",
    ),
    _structure(
        "EXIT",
        ("EXIT", "EXIT FOR", "EXIT DO", "EXIT WHILE", "EXIT SUB", "EXIT FUNCTION"),
        "Ends the script, or leaves the innermost loop or the routine.",
    ),
    _structure(
        "BREAK",
        ("BREAK",),
        "Leaves the innermost loop. A CASE needs no BREAK.",
    ),
    _structure(
        "CONTINUE",
        ("CONTINUE", "CONTINUE FOR", "CONTINUE DO", "CONTINUE WHILE"),
        "Continues with the next round of the innermost loop, or of the innermost one of a kind.",
    ),
    _structure(
        "CALL",
        ('CALL "script" [, arguments]', "CALL name(arguments)"),
        "Runs another script of the bot, a SUB or a FUNCTION, and then continues.",
    ),
    _structure(
        "SUB",
        ("SUB name(parameters) ... END SUB",),
        "Defines a routine; its parameters are local.",
    ),
    _structure(
        "FUNCTION",
        ("FUNCTION name(parameters) ... RETURN value ... END FUNCTION",),
        "Defines a routine that returns a value.",
    ),
    _structure(
        "RETURN",
        ("RETURN [value]", "RETURN WITH field AS value, field AS value"),
        "Leaves a FUNCTION, a SUB or a script with a value; the value of a tool is its answer.",
    ),
    Keyword(
        "THROW",
        Chapter.CONTROL_FLOW,
        ("THROW message",),
        "Fails with a message for the bot's log; the user gets the bot's error message.",
    ),
    _structure(
        "ON ERROR RESUME NEXT",
        ("ON ERROR RESUME NEXT",),
        "Skips statements that fail, from here to the end of the script or routine. `ERROR` is whether one failed, "
        "`ERROR MESSAGE` why the last one did.",
    ),
    _structure("ON ERROR GOTO 0", ("ON ERROR GOTO 0",), "Ends the script again when a statement fails."),
    Keyword(
        "CLEAR ERROR",
        Chapter.CONTROL_FLOW,
        ("CLEAR ERROR",),
        "Forgets the error of the last statement that was skipped, as ON ERROR GOTO 0 does.",
    ),
    function_phrase(
        Chapter.CONTROL_FLOW,
        ("ERROR MESSAGE",),
        "Why the last statement that ON ERROR RESUME NEXT skipped has failed; empty if none has.",
    ),
    later(Chapter.CONTROL_FLOW, "GOTO", "GOTO label", "Jumps."),
    later(Chapter.CONTROL_FLOW, "TRY", "TRY ... CATCH ... END TRY", "Catches errors."),
)
