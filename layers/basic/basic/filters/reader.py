"""Reads the text of a condition piece by piece; values in it are never read as part of the text."""

import re
from collections.abc import Mapping, Sequence

from basic.errors import ScriptError
from basic.host import Bound
from basic.sizes import check_size
from basic.values import Value, parse_numeric, quote, to_text

MAX_LENGTH = 4_000
"""Characters of a condition; no person writes more."""

_FIRST_PLACEHOLDER = 0xF0000
"""Private-use characters (Unicode, plane 15) replace bound values while a condition is parsed."""

PLACEHOLDERS = "[\U000f0000-\U000ffffd]"
_PLACEHOLDER = re.compile(PLACEHOLDERS)
# Possessive quantifiers do not backtrack over white space, which could take exponential time.
FIELD = re.compile(r"\s*+(?:(?i:item)\.)?(?P<name>[^\W\d][\w.]*|\[[^\]]+\])")
_QUOTED = re.compile(r"""\s*+(?:'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"]|"")*)")""")
_FUNCTION = re.compile(r"\s*+(?P<name>[A-Z][A-Z0-9_]*)\(")


def is_field_name(text: str) -> bool:
    """Return whether a text is the name of one field, not a condition."""
    return FIELD.fullmatch(text) is not None


class UnsupportedConditionError(ScriptError):
    """A condition that the language has, and this runtime does not run."""


class ConditionReader:
    """Reads one text.

    Parameters
    ----------
    parts
        The script's own text and the values in it, in order.

    Raises
    ------
    ScriptError
        If the text is too long.
    """

    def __init__(self, parts: Sequence[str | Bound]) -> None:
        self._values = [part.value for part in parts if isinstance(part, Bound)]
        self.text = _insert_placeholders(parts)
        self.position = 0
        if len(self.text) > MAX_LENGTH:
            raise ScriptError(f"a condition has at most {MAX_LENGTH} characters")

    def accept(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match of a pattern that is next, and go past it."""
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def accept_sign(self, sign: str) -> bool:
        """Go past a sign if it is next."""
        if not self.get_rest().startswith(sign):
            return False
        self.position = self.text.index(sign, self.position) + 1
        return True

    def accept_quoted(self) -> str | None:
        """Read a quoted text if it is next."""
        match = self.accept(_QUOTED)
        if match is None:
            return None
        text = match["double"].replace('""', '"') if match["single"] is None else match["single"].replace("''", "'")
        return self.insert_values(text)

    def read_to(self, end: int) -> Value:
        """Return the value without quotes that ends at an index: a bound value, a number, or a text."""
        text = self.text[self.position : end].strip()
        self._refuse_function()
        self.position = end
        if _PLACEHOLDER.fullmatch(text):
            return self._values[ord(text) - _FIRST_PLACEHOLDER]
        return self.insert_values(text) if _PLACEHOLDER.search(text) else _parse_literal(text)

    def _refuse_function(self) -> None:
        function = _FUNCTION.match(self.text, self.position)
        if function is not None:
            raise build_function_error(function["name"])

    def get_rest(self) -> str:
        """Return the text that is left."""
        return self.text[self.position :].lstrip()

    def insert_values(self, text: str) -> str:
        """Return a part of the text with its values."""
        values = {mark: to_text(self._values[ord(mark) - _FIRST_PLACEHOLDER]) for mark in _PLACEHOLDER.findall(text)}
        check_size(sum(len(values[mark]) for mark in _PLACEHOLDER.findall(text)))
        return _PLACEHOLDER.sub(lambda match: values[match[0]], text)

    def build_error(self, expected: str) -> ScriptError:
        """Return an error that names what is missing here."""
        rest = self.insert_values(self.get_rest())
        where = f"at {quote(rest)}" if rest else "at its end"
        return ScriptError(f"the condition {quote(self.insert_values(self.text))} needs {expected} {where}")


def build_function_error(name: str) -> UnsupportedConditionError:
    """Return the error of a condition with a function in it."""
    return UnsupportedConditionError(
        f"{name}() in a condition is not supported yet: a condition compares fields with values; compute the value in "
        f'the script, as in `since = DATEADD(TODAY(), -1, "day")`, and compare with it: `created >= ${{since}}`'
    )


def _insert_placeholders(parts: Sequence[str | Bound]) -> str:
    text, position = "", 0
    for part in parts:
        if isinstance(part, str):
            if _PLACEHOLDER.search(part):
                raise ScriptError("a condition contains a private-use character (Unicode, plane 15)")
            text += part
        else:
            text += chr(_FIRST_PLACEHOLDER + position)
            position += 1
    return text


def _parse_literal(text: str) -> Value:
    words: Mapping[str, Value] = {"true": True, "false": False, "null": None, "nothing": None}
    if text.lower() in words:
        return words[text.lower()]
    number = parse_numeric(text)
    return text if number is None else number
