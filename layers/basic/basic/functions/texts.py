"""Functions of text. Positions count from 1, and letters are Unicode's, not bytes."""

import base64
import re

from basic.errors import ScriptError
from basic.functions.function import Function, array, bounded, pure, whole
from basic.values import Value, get_entry, is_equal, is_numeric, to_text


def length(value: Value) -> int:
    """Count the characters of a text, or the items of an array or map; NOTHING has none."""
    return len(value) if isinstance(value, str | list | dict) else len(to_text(value))


def left(text: Value, count: Value) -> str:
    """Return the first characters."""
    return to_text(text)[: max(whole(count, "LEFT", "how many characters"), 0)]


def right(text: Value, count: Value) -> str:
    """Return the last characters."""
    wanted = max(whole(count, "RIGHT", "how many characters"), 0)
    return to_text(text)[-wanted:] if wanted else ""


def mid(text: Value, start: Value, count: Value = None) -> str:
    """Return the characters from a position on; a position before the first counts as the first."""
    rest = to_text(text)[max(whole(start, "MID", "a position"), 1) - 1 :]
    return rest if count is None else rest[: max(whole(count, "MID", "how many characters"), 0)]


def instr(*arguments: Value) -> int:
    """Return where a text stands in another, or 0; an empty text stands nowhere."""
    start, text, wanted = arguments if len(arguments) == 3 else (1, *arguments)  # noqa: PLR2004 - with a start
    if not to_text(text) or not to_text(wanted):
        return 0
    return to_text(text).find(to_text(wanted), max(whole(start, "INSTR", "a start"), 1) - 1) + 1


def replace(text: Value, old: Value, new: Value) -> str:
    """Replace every occurrence; an empty text occurs nowhere."""
    whole_text, wanted, instead = to_text(text), to_text(old), to_text(new)
    if not wanted:
        return whole_text
    bounded(len(whole_text) + whole_text.count(wanted) * (len(instead) - len(wanted)))
    return whole_text.replace(wanted, instead)


def split(text: Value, separator: Value) -> list[Value]:
    """Split a text at a separator; the empty text has no parts."""
    mark = to_text(separator)
    if not mark:
        raise ScriptError('SPLIT expects a separator such as ",", and this one is empty')
    return [*to_text(text).split(mark)] if to_text(text) else []


def contains(where: Value, what: Value) -> bool:
    """Tell whether a text has a part, an array an item, or a map a name."""
    match where:
        case list():
            return any(is_equal(item, what) for item in where)
        case dict():
            return to_text(what) in where or get_entry(where, to_text(what)) is not None
        case _:
            return to_text(what) in to_text(where)


def asc(text: Value) -> int:
    """Return the code of the first character."""
    if not to_text(text):
        raise ScriptError("ASC expects a text with at least one character")
    return ord(to_text(text)[0])


def char(code: Value) -> str:
    """Return the character of a code."""
    number = whole(code, "CHR", "a code")
    if not 0 <= number <= 0x10FFFF or 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 - Unicode's range, less surrogates
        raise ScriptError(f"CHR expects the code of a character, and {number} is none")
    return chr(number)


def numeric(value: Value) -> bool:
    """Tell whether a value is a number, or a text that is one."""
    match value:
        case bool():
            return False
        case int() | float():
            return True
        case str():
            return is_numeric(value)
        case _:
            return False


def words(value: Value) -> list[str]:
    """Split a text at white space."""
    return re.findall(r"\S+", to_text(value))


def join(items: Value, separator: Value = ", ") -> str:
    """Join the items of an array to a text."""
    texts = [to_text(item) for item in array(items, "JOIN")]
    bounded(sum(map(len, texts)) + len(texts) * len(to_text(separator)))
    return to_text(separator).join(texts)


def base_64(value: Value) -> str:
    """Write the UTF-8 bytes of a text in base 64."""
    return base64.b64encode(to_text(value).encode()).decode()


def trimmed(text: Value) -> str:
    """Remove white space at both ends."""
    return to_text(text).strip()


def is_empty(value: Value) -> bool:
    """Tell whether a value is NOTHING, an empty text, array or map."""
    return value is None or (isinstance(value, str | list | dict) and not value)


FUNCTIONS = (
    Function(
        "LEN",
        pure(length),
        1,
        1,
        "How many characters a text has, or items an array or a map",
        'LEN("olá") = 3',
    ),
    Function("LEFT", pure(left), 2, 2, "The first n characters", 'LEFT("Hello", 2) = "He"'),
    Function("RIGHT", pure(right), 2, 2, "The last n characters", 'RIGHT("Hello", 2) = "lo"'),
    Function(
        "MID",
        pure(mid),
        2,
        3,
        "The characters from a position on (1 is the first), all or n of them",
        'MID("Hello", 2, 3) = "ell"',
    ),
    Function(
        "INSTR",
        pure(instr),
        2,
        3,
        "The position of a text in another, from an optional start on; 0 if it is not there. Case counts",
        'INSTR("one two one", "one") = 1',
    ),
    Function("UCASE", pure(lambda text: to_text(text).upper()), 1, 1, "In capitals", 'UCASE("Olá") = "OLÁ"'),
    Function("LCASE", pure(lambda text: to_text(text).lower()), 1, 1, "In small letters", 'LCASE("OLÁ") = "olá"'),
    Function("TRIM", pure(trimmed), 1, 1, "Without white space at both ends", 'TRIM("  a b ") = "a b"'),
    Function(
        "LTRIM", pure(lambda text: to_text(text).lstrip()), 1, 1, "Without leading white space", 'LTRIM("  a") = "a"'
    ),
    Function(
        "RTRIM", pure(lambda text: to_text(text).rstrip()), 1, 1, "Without trailing white space", 'RTRIM("a  ") = "a"'
    ),
    Function(
        "REPLACE",
        pure(replace),
        3,
        3,
        "With every occurrence of a text replaced",
        'REPLACE("a-b-c", "-", "+") = "a+b+c"',
    ),
    Function(
        "SPLIT",
        pure(split),
        2,
        2,
        "The parts of a text between separators, as an array",
        'SPLIT("a,b", ",") = ["a", "b"]',
    ),
    Function(
        "CONTAINS",
        pure(contains),
        2,
        2,
        "Whether a text has a part, an array an item, or a map a name",
        'CONTAINS(["a", "b"], "b") = TRUE',
    ),
    Function(
        "IS_NUMERIC",
        pure(numeric),
        1,
        1,
        "Whether a value is a number, or a text that is one once it is trimmed",
        'IS_NUMERIC(" 2.5E-3 ") = TRUE',
    ),
    Function(
        "ISEMPTY",
        pure(is_empty),
        1,
        1,
        "Whether a value is NOTHING, or an empty text, array or map",
        'ISEMPTY("") = TRUE',
    ),
    Function("ISNULL", pure(lambda value: value is None), 1, 1, "Whether a value is NOTHING", "ISNULL(NULL) = TRUE"),
    Function("STR", pure(to_text), 1, 1, "A value as text", 'STR(1.50) = "1.5"'),
    Function("ASC", pure(asc), 1, 1, "The code of the first character", 'ASC("A") = 65'),
    Function("CHR", pure(char), 1, 1, "The character of a code", 'CHR(65) = "A"'),
    Function("BASE64", pure(base_64), 1, 1, "A text in base 64", 'BASE64("user:pass") = "dXNlcjpwYXNz"'),
)
