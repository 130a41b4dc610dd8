"""Keywords of the bot's tables, and functions of rows that scripts may also call without brackets."""

from basic.keywords.keyword import Chapter, Keyword, function_phrase, needless, structure


def _query(name: str, forms: tuple[str, ...], summary: str) -> Keyword:
    return Keyword(name, Chapter.DATA, forms, summary, result=True)


KEYWORDS = (
    _query(
        "SAVE",
        ("SAVE table~, values...",),
        "Stores a row. `id, map` inserts the row, or updates the one with that id. Other values are a new row: the "
        "fields of a TABLE in their order, or columns named like the variables and fields that the values come from "
        "(`email`, `order.total` as `total`), and otherwise by their position (`column3`). A column called `id` is the "
        "id of the row. An array with several maps stores each of them and returns how many.",
    ),
    _query(
        "INSERT",
        ("INSERT table~, values...",),
        "Adds a row, of a map or of values as in SAVE; returns `{id, success}` or `{success, error}`. Also written "
        "`INSERT INTO table (field, field) VALUES (value, value)` or `INSERT INTO table VALUES map`.",
    ),
    _query(
        "UPDATE",
        ("UPDATE table~, filter, field, value", "UPDATE table~, filter, row", "UPDATE table~, filter, values..."),
        "Changes the rows that match; returns the number of changed rows. The row is a map of the changed fields, or a "
        'text such as `"state=sent, total=5"`. Also written `UPDATE table SET field = value, field = value WHERE '
        'condition`, and `SET "table", "filter", "field=value"`. A value after SET may be computed from a field, as in '
        "`stock = stock - 1`; the change is made once, even if the turn is run again. Three or more values are "
        "variables or fields, whose names are those of the changed fields.",
    ),
    _query(
        "DELETE",
        ("DELETE table~, filter", "DELETE file"),
        "Deletes the rows that match; returns the number of deleted rows. Also written "
        "`DELETE FROM table WHERE condition`. `DELETE array[index]` removes an item of an array, and `DELETE file` "
        "deletes a file that `DIR` has listed.",
    ),
    _query(
        "MERGE",
        ("MERGE table~ WITH rows BY key~", "MERGE table~, rows, key", "MERGE array, other"),
        "Inserts or updates rows, or one map, by a key; returns `{inserted, updated}`. With two arrays it returns the "
        "items of both, without those of the second that the first has, too.",
    ),
    _query(
        "FIND",
        ("FIND table~ WHERE where?", "FIND table~, filter, value", "FIND table~ [, filter]"),
        "The rows that match, at most 10, as an array of maps. A field of the array is that of its first row "
        "(`row.name`), and without rows it equals NULL. Values in a condition, joined with `+` or filled in with "
        "`${}`, stay values. `FIND table, field, value` compares one field. `ORDER BY field [DESC]`, `LIMIT n` (1,000 "
        "at most) and `OFFSET n` may follow, also in the text of a condition; `FIND FIRST` is the first row. In texts, "
        "`DATE(field) = DATE(value)` compares the days of two dates.",
    ),
    Keyword(
        "SET MAX LINES",
        Chapter.DATA,
        ("SET MAX LINES lines",),
        "Sets how many rows each FIND without a LIMIT returns at most, instead of 10; 1,000 at most.",
    ),
    _query(
        "AGGREGATE TABLE",
        ("AGGREGATE TABLE table~, operation, field [, filter]",),
        "The SUM, AVG, COUNT, MIN or MAX of a field of the rows of a table that match. More than 999 rows are an "
        'error. Also written `AGGREGATE "table", "SUM", "field", "filter"`, with the table and the operation as quoted '
        "texts.",
    ),
    structure(
        Chapter.DATA,
        "TABLE",
        ("TABLE name [ON connection] [READ BY roles] [WRITE BY roles] ... END TABLE",),
        "Defines a table, with one field per line. A text longer than its field is an error, and so is a number with "
        "more digits; `number(10,2)` has ten digits, two of them decimals, and is rounded to them. READ BY and WRITE "
        "BY, of the table or of a field, name the groups of users who have access; without them every user has. An "
        "access without permission is an error; fields that the user may not read are left out of the rows. Other "
        "properties of SQL, such as DEFAULT, CHECK and UNIQUE, have no effect. The rows of a table ON a connection are "
        "stored with the bot as those of every other table; `connection.name` and `.name` are the table, too.",
    ),
    needless(
        Chapter.DATA,
        "CREATE INDEX",
        "CREATE INDEX name ON table (field)",
        "Speeds up a search.",
        "conditions need no index",
        "CREATE UNIQUE INDEX",
    ),
    Keyword(
        "SAVE FROM UNSTRUCTURED",
        Chapter.DATA,
        ("SAVE FROM UNSTRUCTURED table, text",),
        "Lets the bot's language model read a row out of a text, and saves it as SAVE does. The fields are those of "
        "the TABLE; what the text does not say stays empty, and a value that does not fit its field is an error. "
        "Without a TABLE the model names the fields itself. A map, or a text that is one in JSON, such as "
        "`FORMAT lead AS JSON`, is saved as it is, without the model.",
        result=True,
    ),
    function_phrase(Chapter.DATA, ("FILTER rows, condition",), "The rows for which `field op value` holds."),
    function_phrase(Chapter.DATA, ("MAP rows, names",), "The rows with fields renamed."),
    function_phrase(Chapter.DATA, ("FILL rows, template",), "A template filled with each row."),
    function_phrase(Chapter.DATA, ("AGGREGATE operation, rows, field",), "SUM, AVG, COUNT, MIN or MAX of a field."),
    function_phrase(Chapter.DATA, ("GROUP BY rows, field",), "A map from each value of a field to its rows."),
    function_phrase(Chapter.DATA, ("PIVOT rows, row, value",), "Sums of one field for each value of another."),
    function_phrase(Chapter.DATA, ("JOIN left, right, key",), "Pairs of rows that share a key."),
)
