"""Functions of the library that are written in a way of their own; for all others see `basic.functions`."""

from itertools import takewhile

from basic.keywords.keyword import Group, Keyword, Role


def _row(group: Group, form: str | tuple[str, ...], doc: str, *aliases: str) -> Keyword:
    forms = (form,) if isinstance(form, str) else form
    name = " ".join(takewhile(str.isupper, forms[0].partition("(")[0].split()))
    return Keyword(name, group, forms, doc, role=Role.FUNCTION, result=True, aliases=aliases)


FUNCTIONS = (
    _row(Group.TEXT, "IS NUMERIC(text)", "Whether a text is a number.", "ISNUMERIC"),
    _row(
        Group.TEXT,
        "CONTAINS(value, part)",
        "Whether a text or an array holds it; also `a CONTAINS b`.",
    ),
    _row(
        Group.TEXT,
        ("FORMAT value AS pattern!", "FORMAT value, pattern!"),
        "A number or a date written as a pattern says.",
    ),
    _row(Group.ARRAYS, ("FIRST value!",), "The first word of a text, or item of an array."),
    _row(Group.ARRAYS, ("LAST value!",), "The last word of a text, or item of an array."),
    _row(
        Group.ARRAYS,
        ("APPEND array, value",),
        "The array with one more item; as a statement, it changes the variable.",
    ),
    _row(
        Group.DATA,
        ("FILTER rows, condition",),
        "The rows for which `field op value` holds.",
    ),
    _row(Group.DATA, ("MAP rows, names",), "The rows with fields renamed."),
    _row(Group.DATA, ("FILL rows, template",), "A template filled with each row."),
    _row(
        Group.DATA,
        ("AGGREGATE operation, rows, field",),
        "SUM, AVG, COUNT, MIN or MAX of a field.",
    ),
    _row(
        Group.DATA,
        ("GROUP BY rows, field",),
        "A map from each value of a field to its rows.",
    ),
    _row(
        Group.DATA,
        ("PIVOT rows, row, value",),
        "Sums of one field for each value of another.",
    ),
    _row(Group.DATA, ("JOIN left, right, key",), "Pairs of rows that share a key."),
)
