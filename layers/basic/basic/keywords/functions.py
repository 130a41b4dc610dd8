"""Functions of the library, as scripts write them."""

from itertools import takewhile

from basic.keywords.keyword import Group, Keyword, Role


def _row(group: Group, form: str | tuple[str, ...], doc: str, example: str, *aliases: str) -> Keyword:
    forms = (form,) if isinstance(form, str) else form
    name = " ".join(takewhile(str.isupper, forms[0].partition("(")[0].split()))
    return Keyword(name, group, forms, doc, example, role=Role.FUNCTION, result=True, aliases=aliases)


FUNCTIONS = (
    _row(
        Group.TEXT,
        "INSTR([start,] text, part)",
        "Where a part starts, from 1; 0 if it is not there.",
        'TALK INSTR("banana", "na")',
    ),
    _row(Group.TEXT, "IS NUMERIC(text)", "Whether a text is a number.", 'TALK IS NUMERIC("12.5")', "ISNUMERIC"),
    _row(Group.TEXT, "LEN(value)", "How many characters or items.", 'TALK LEN("abc")'),
    _row(Group.TEXT, "LEFT(text, count)", "The first characters.", 'TALK LEFT("abc", 2)'),
    _row(Group.TEXT, "RIGHT(text, count)", "The last characters.", 'TALK RIGHT("abc", 2)'),
    _row(Group.TEXT, "MID(text, start [, count])", "Characters from a place on, from 1.", 'TALK MID("abc", 2)'),
    _row(Group.TEXT, "UCASE(text)", "In upper case.", 'TALK UCASE("abc")', "UPPER"),
    _row(Group.TEXT, "LCASE(text)", "In lower case.", 'TALK LCASE("ABC")', "LOWER"),
    _row(Group.TEXT, "TRIM(text)", "Without blanks around it.", 'TALK TRIM(" a ")'),
    _row(Group.TEXT, "LTRIM(text)", "Without blanks before it.", 'TALK LTRIM(" a")'),
    _row(Group.TEXT, "RTRIM(text)", "Without blanks after it.", 'TALK RTRIM("a ")'),
    _row(Group.TEXT, "REPLACE(text, old, new)", "With every old part made new.", 'TALK REPLACE("aba", "a", "o")'),
    _row(Group.TEXT, "SPLIT(text, separator)", "Its parts as an array.", 'parts = SPLIT("a,b", ",")'),
    _row(
        Group.TEXT,
        "CONTAINS(value, part)",
        "Whether a text or an array holds it; also `a CONTAINS b`.",
        'TALK CONTAINS("abc", "b")',
    ),
    _row(
        Group.TEXT,
        ("FORMAT value AS pattern!", "FORMAT value, pattern!"),
        "A number or a date written as a pattern says.",
        'TALK FORMAT 1234.5 AS "N2"',
    ),
    _row(Group.TEXT, "ISEMPTY(value)", "Whether it is nothing, or empty.", 'TALK ISEMPTY("")'),
    _row(Group.TEXT, "ISNULL(value)", "Whether it is NOTHING.", "TALK ISNULL(NOTHING)"),
    _row(Group.TEXT, "TOJSON(value)", "As JSON.", "TALK TOJSON([1, 2])"),
    _row(Group.TEXT, "TOYAML(value)", "As YAML.", "TALK TOYAML([1, 2])"),
    _row(Group.NUMBERS, "VAL(text)", "The number a text is; 0 if it is none.", 'TALK VAL("12")'),
    _row(Group.NUMBERS, "STR(value)", "A value as text.", "TALK STR(12)"),
    _row(Group.NUMBERS, "ROUND(number [, digits])", "Rounded.", "TALK ROUND(2.345, 2)"),
    _row(Group.NUMBERS, "INT(number)", "Without what follows the point.", "TALK INT(2.9)"),
    _row(Group.NUMBERS, "ABS(number)", "Without its sign.", "TALK ABS(-2)"),
    _row(Group.NUMBERS, "MIN(a, b)", "The least.", "TALK MIN(1, 2)"),
    _row(Group.NUMBERS, "MAX(a, b)", "The greatest.", "TALK MAX(1, 2)"),
    _row(Group.NUMBERS, "RANDOM(least, most)", "A random whole number.", "TALK RANDOM(1, 6)"),
    _row(Group.NUMBERS, "RND()", "A random number from 0 to 1.", "TALK RND()"),
    _row(Group.DATES, "NOW()", "The date and time of this turn.", "TALK NOW()"),
    _row(Group.DATES, "TODAY()", "The date of this turn.", "TALK TODAY()"),
    _row(Group.DATES, "DATEADD(date, count, unit)", "A date moved.", 'TALK DATEADD(TODAY(), 1, "day")'),
    _row(
        Group.DATES,
        "DATEDIFF(from, to, unit)",
        "How long between two dates.",
        'TALK DATEDIFF("2026-01-01", TODAY(), "day")',
    ),
    _row(Group.DATES, "YEAR(date)", "Its year.", "TALK YEAR(TODAY())"),
    _row(Group.DATES, "MONTH(date)", "Its month.", "TALK MONTH(TODAY())"),
    _row(Group.DATES, "DAY(date)", "Its day.", "TALK DAY(TODAY())"),
    _row(Group.DATES, "HOUR(date)", "Its hour.", "TALK HOUR(NOW())"),
    _row(Group.DATES, "MINUTE(date)", "Its minute.", "TALK MINUTE(NOW())"),
    _row(Group.DATES, "SECOND(date)", "Its second.", "TALK SECOND(NOW())"),
    _row(Group.DATES, "WEEKDAY(date)", "Its day of the week.", "TALK WEEKDAY(TODAY())"),
    _row(Group.ARRAYS, "UBOUND(array)", "How many items it has.", "TALK UBOUND([1, 2])"),
    _row(Group.ARRAYS, ("FIRST value!",), "The first word of a text, or item of an array.", 'TALK FIRST "Ana Lima"'),
    _row(Group.ARRAYS, ("LAST value!",), "The last word of a text, or item of an array.", 'TALK LAST "Ana Lima"'),
    _row(
        Group.ARRAYS,
        ("APPEND array, value",),
        "The array with one more item; as a statement, it changes the variable.",
        "a = [1]\nAPPEND a, 2",
    ),
    _row(Group.ARRAYS, "SUM(array)", "All items added up.", "TALK SUM([1, 2])"),
    _row(Group.ARRAYS, "COUNT(array)", "How many items it has.", "TALK COUNT([1, 2])"),
    _row(Group.ARRAYS, "AVG(array)", "The mean of the items.", "TALK AVG([1, 2])"),
    _row(
        Group.DATA,
        ("FILTER rows, condition",),
        "The rows for which `field op value` holds.",
        'a = FILTER [#{n: 1}], "n > 0"',
    ),
    _row(Group.DATA, ("MAP rows, names",), "The rows with fields renamed.", 'a = MAP [#{n: 1}], "n->number"'),
    _row(
        Group.DATA, ("FILL rows, template",), "A template filled with each row.", 'a = FILL [#{n: 1}], #{text: "{{n}}"}'
    ),
    _row(
        Group.DATA,
        ("AGGREGATE operation, rows, field",),
        "SUM, AVG, COUNT, MIN or MAX of a field.",
        'TALK AGGREGATE "SUM", [#{n: 1}], "n"',
    ),
    _row(
        Group.DATA,
        ("GROUP BY rows, field",),
        "A map from each value of a field to its rows.",
        'a = GROUP BY [#{n: 1}], "n"',
    ),
    _row(
        Group.DATA,
        ("PIVOT rows, row, value",),
        "Sums of one field for each value of another.",
        'a = PIVOT [#{n: 1, v: 2}], "n", "v"',
    ),
    _row(
        Group.DATA, ("JOIN left, right, key",), "Pairs of rows that share a key.", 'a = JOIN [#{n: 1}], [#{n: 1}], "n"'
    ),
)
