"""Functions of dates that scripts may also call without brackets; for all functions see `basic.functions`."""

from basic.keywords.keyword import Chapter, function_phrase

KEYWORDS = (
    function_phrase(
        Chapter.DATES,
        ("DATEADD date~, amount, unit~",),
        "A date plus a number of units; the unit may also stand first or second.",
        "DATE ADD",
    ),
    function_phrase(
        Chapter.DATES,
        ("DATEDIFF first~, second~, unit~", "DATEDIFF first~, second~"),
        "The time from the first date to the second, in days or in another unit.",
        "DATE DIFF",
    ),
)
