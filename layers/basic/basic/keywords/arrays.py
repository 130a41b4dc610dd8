"""Functions of arrays that scripts may also call without brackets; for all functions see `basic.functions`."""

from basic.keywords.keyword import Chapter, function_phrase

KEYWORDS = (
    function_phrase(Chapter.ARRAYS, ("FIRST value!",), "The first word of a text, or item of an array."),
    function_phrase(Chapter.ARRAYS, ("LAST value!",), "The last word of a text, or item of an array."),
    function_phrase(
        Chapter.ARRAYS,
        ("APPEND array, value",),
        "The array with one more item; as a statement, it changes the variable.",
        "PUSH",
    ),
    function_phrase(
        Chapter.ARRAYS,
        ("SORT array! [BY field]",),
        "The array sorted, by a field of its rows; `DESC` after the field sorts from the last to the first. As a "
        "statement, it changes the variable.",
    ),
)
