"""Functions of text. Positions count from 1; a character is a Unicode code point, not a byte."""

import base64
import re

from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, to_array, to_integer, without_turn
from basic.mail_addresses import is_email
from basic.sizes import check_size
from basic.values import Value, contains, is_numeric, to_text


def length(value: Value) -> int:
    """Count the characters of a text, or the items of an array or map; NOTHING has length 0."""
    return len(value) if isinstance(value, str | list | dict) else len(to_text(value))


def left(text: Value, count: Value) -> Value:
    """Return the first characters of a text, or the first items of an array."""
    return _to_sequence(text)[: max(to_integer(count, "LEFT", "the number of characters"), 0)]


def right(text: Value, count: Value) -> Value:
    """Return the last characters of a text, or the last items of an array."""
    size = max(to_integer(count, "RIGHT", "the number of characters"), 0)
    sequence = _to_sequence(text)
    return sequence[max(len(sequence) - size, 0) :]


def mid(text: Value, start: Value, count: Value = None) -> Value:
    """Return the characters of a text, or the items of an array, from a position on.

    The first position is 1, also in an array; a position before it is the first.
    """
    rest = _to_sequence(text)[max(to_integer(start, "MID", "a position"), 1) - 1 :]
    return rest if count is None else rest[: max(to_integer(count, "MID", "the number of characters"), 0)]


def _to_sequence(value: Value) -> str | list[Value]:
    """Return an array as it is, and any other value as text."""
    return value if isinstance(value, list) else to_text(value)


def instr(*arguments: Value) -> int:
    """Return the position of a text in another, or 0; an empty text is never found."""
    start, text, part = arguments if len(arguments) == 3 else (1, *arguments)  # noqa: PLR2004 - with a start
    if not to_text(text) or not to_text(part):
        return 0
    return to_text(text).find(to_text(part), max(to_integer(start, "INSTR", "a start"), 1) - 1) + 1


def replace(text: Value, old: Value, new: Value) -> str:
    """Replace every occurrence; an empty text never occurs."""
    source, part, replacement = to_text(text), to_text(old), to_text(new)
    if not part:
        return source
    check_size(len(source) + source.count(part) * (len(replacement) - len(part)))
    return source.replace(part, replacement)


def split(text: Value, separator: Value) -> list[Value]:
    """Split a text at a separator; an empty text has no parts."""
    delimiter = to_text(separator)
    if not delimiter:
        raise ScriptError('SPLIT expects a separator such as ",", not an empty text')
    return [*to_text(text).split(delimiter)] if to_text(text) else []


def asc(text: Value) -> int:
    """Return the code of the first character."""
    if not to_text(text):
        raise ScriptError("ASC expects a text with at least one character")
    return ord(to_text(text)[0])


def character(code: Value) -> str:
    """Return the character of a code."""
    number = to_integer(code, "CHR", "a code")
    if not 0 <= number <= 0x10FFFF or 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 - Unicode's range, less surrogates
        raise ScriptError(f"CHR expects a character code, and {number} is not one")
    return chr(number)


def is_numeric_value(value: Value) -> bool:
    """Return whether a value is a number, or a text that is one."""
    match value:
        case bool():
            return False
        case int() | float():
            return True
        case str():
            return is_numeric(value)
        case _:
            return False


def split_words(value: Value) -> list[str]:
    """Split a text at white space."""
    return re.findall(r"\S+", to_text(value))


def join(items: Value, separator: Value = ", ") -> str:
    """Join the items of an array into a text."""
    texts = [to_text(item) for item in to_array(items, "JOIN")]
    check_size(sum(map(len, texts)) + len(texts) * len(to_text(separator)))
    return to_text(separator).join(texts)


def to_base64(value: Value) -> str:
    """Encode the UTF-8 bytes of a text in base 64."""
    return base64.b64encode(to_text(value).encode()).decode()


def trim(text: Value) -> str:
    """Remove white space at both ends."""
    return to_text(text).strip()


def extract_before(text: Value, end: Value) -> str:
    """Return the part of a text before another; empty if it is not there."""
    before, found, _ = to_text(text).partition(_require_part(end, "EXTRACT_BEFORE"))
    return before if found else ""


def extract_after(text: Value, start: Value) -> str:
    """Return the part of a text after another; empty if it is not there."""
    return to_text(text).partition(_require_part(start, "EXTRACT_AFTER"))[2]


def extract_between(text: Value, start: Value, end: Value) -> str:
    """Return the part of a text between two others; empty if they are not there in this order."""
    rest = to_text(text).partition(_require_part(start, "EXTRACT_BETWEEN"))[2]
    between, found, _ = rest.partition(_require_part(end, "EXTRACT_BETWEEN"))
    return between if found else ""


def _require_part(part: Value, name: str) -> str:
    if not to_text(part):
        raise ScriptError(f'{name} expects a text such as "@", not an empty one')
    return to_text(part)


def capitalize(text: Value) -> str:
    """Return a text with its first character in upper case."""
    return to_text(text)[:1].upper() + to_text(text)[1:]


def is_empty(value: Value) -> bool:
    """Return whether a value is NOTHING, an empty text, array or map."""
    return value is None or (isinstance(value, str | list | dict) and not value)


FUNCTIONS = (
    BuiltinFunction(
        "LEN",
        without_turn(length),
        1,
        1,
        "How many characters a text has, or items an array or a map",
        'LEN("olá") = 3',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "LEFT",
        without_turn(left),
        2,
        2,
        "The first n characters of a text, or items of an array",
        'LEFT("Hello", 2) = "He"',
    ),
    BuiltinFunction(
        "RIGHT",
        without_turn(right),
        2,
        2,
        "The last n characters of a text, or items of an array",
        'RIGHT("Hello", 2) = "lo"',
    ),
    BuiltinFunction(
        "MID",
        without_turn(mid),
        2,
        3,
        "The characters of a text, or items of an array, from a position on (1 is the first), all of them or n",
        'MID("Hello", 2, 3) = "ell"',
    ),
    BuiltinFunction(
        "INSTR",
        without_turn(instr),
        2,
        3,
        "The position of a text in another, from an optional start on; 0 if not found. Case-sensitive",
        'INSTR("one two one", "one") = 1',
    ),
    BuiltinFunction(
        "UCASE", without_turn(lambda text: to_text(text).upper()), 1, 1, "In upper case", 'UCASE("Olá") = "OLÁ"'
    ),
    BuiltinFunction(
        "LCASE", without_turn(lambda text: to_text(text).lower()), 1, 1, "In lower case", 'LCASE("OLÁ") = "olá"'
    ),
    BuiltinFunction("TRIM", without_turn(trim), 1, 1, "Without white space at both ends", 'TRIM("  a b ") = "a b"'),
    BuiltinFunction(
        "LTRIM",
        without_turn(lambda text: to_text(text).lstrip()),
        1,
        1,
        "Without leading white space",
        'LTRIM("  a") = "a"',
    ),
    BuiltinFunction(
        "RTRIM",
        without_turn(lambda text: to_text(text).rstrip()),
        1,
        1,
        "Without trailing white space",
        'RTRIM("a  ") = "a"',
    ),
    BuiltinFunction(
        "REPLACE",
        without_turn(replace),
        3,
        3,
        "With every occurrence of a text replaced",
        'REPLACE("a-b-c", "-", "+") = "a+b+c"',
    ),
    BuiltinFunction(
        "EXTRACT_BEFORE",
        without_turn(extract_before),
        2,
        2,
        "The part of a text before another; empty if it is not there",
        'EXTRACT_BEFORE("ana@example.com", "@") = "ana"',
    ),
    BuiltinFunction(
        "EXTRACT_AFTER",
        without_turn(extract_after),
        2,
        2,
        "The part of a text after another; empty if it is not there",
        'EXTRACT_AFTER("ana@example.com", "@") = "example.com"',
    ),
    BuiltinFunction(
        "EXTRACT_BETWEEN",
        without_turn(extract_between),
        3,
        3,
        "The part of a text between two others; empty if they are not there",
        'EXTRACT_BETWEEN("Ana <ana@example.com>", "<", ">") = "ana@example.com"',
    ),
    BuiltinFunction(
        "CAPITALIZE",
        without_turn(capitalize),
        1,
        1,
        "With the first character in upper case",
        'CAPITALIZE("example") = "Example"',
    ),
    BuiltinFunction(
        "IS_VALID",
        without_turn(lambda address: is_email(to_text(address).strip())),
        1,
        1,
        "Whether a text is a mail address",
        'IS_VALID("ana@example.com") = TRUE',
    ),
    BuiltinFunction(
        "SPLIT",
        without_turn(split),
        2,
        2,
        "The parts of a text between separators, as an array",
        'SPLIT("a,b", ",") = ["a", "b"]',
    ),
    BuiltinFunction(
        "CONTAINS",
        without_turn(contains),
        2,
        2,
        "Whether a text contains a part, an array an item, or a map a key",
        'CONTAINS(["a", "b"], "b") = TRUE',
    ),
    BuiltinFunction(
        "IS_NUMERIC",
        without_turn(is_numeric_value),
        1,
        1,
        "Whether a value is a number, or a text that is one once it is trimmed",
        'IS_NUMERIC(" 2.5E-3 ") = TRUE',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ISEMPTY",
        without_turn(is_empty),
        1,
        1,
        "Whether a value is NOTHING, or an empty text, array or map",
        'ISEMPTY("") = TRUE',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ISNULL",
        without_turn(lambda value: value is None),
        1,
        1,
        "Whether a value is NOTHING",
        "ISNULL(NULL) = TRUE",
        cost=costs.constant,
    ),
    BuiltinFunction("STR", without_turn(to_text), 1, 1, "A value as text", 'STR(1.50) = "1.5"'),
    BuiltinFunction("ASC", without_turn(asc), 1, 1, "The code of the first character", 'ASC("A") = 65'),
    BuiltinFunction(
        "CHR", without_turn(character), 1, 1, "The character of a code", 'CHR(65) = "A"', cost=costs.constant
    ),
    BuiltinFunction(
        "BASE64", without_turn(to_base64), 1, 1, "A text in base 64", 'BASE64("user:pass") = "dXNlcjpwYXNz"'
    ),
)
