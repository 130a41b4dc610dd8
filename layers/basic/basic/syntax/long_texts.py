"""Texts over several lines: where one ends, and where the script continues after one that never does.

A quote that was forgotten looks like a text over several lines. So the next quote closes a text only if it can: what
follows it must be able to follow a text, and what precedes it in its line must not want a value.
"""

import re

from basic.keywords import KEYWORDS

MAX_LINES = 500
"""Lines of the longest text; a text of more is one whose end was forgotten."""

_QUOTE = re.compile(r'\\.|""|"', re.DOTALL)
_AFTER_TEXT = re.compile(
    r"""[ \t\r]* (?: $ | [+&,)\]}:;=<>!?.*/|] | _[ \t\r]*$ )
      | [ \t]+ (?: ' | \# | (?:AND|AS|BY|CONTAINS|DEFAULT|DESCRIPTION|DO|ELSE|END|ENUM|IN|IS|LIKE|MOD|NOT|OPTIONAL|OR
                  |REQUIRED|STEP|THEN|TO|WHERE|WITH)\b )""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_WANTS_VALUE = re.compile(r"[=+&(\[][ \t]*$")
_FIRST_WORDS = frozenset(name.partition(" ")[0] for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases))
_BLOCK_WORDS = ("ELSE", "ELSEIF", "END", "ENDIF", "NEXT", "LOOP", "WEND", "CASE", "DEFAULT", "SELECT")
_STATEMENT_WORDS = _FIRST_WORDS.union(_BLOCK_WORDS, ("REM", "BEGIN", "CREATE", "IF", "ON"))
_ASSIGNMENT = re.compile(r"[ \t]*[^\W\d]\w*(?:\.\w+|\[[^\]\n]*\])*(?:[ \t]*=|\()")
_CODE = re.compile(r'[ \t]*\w+(?:[ \t]+\w+)?[ \t]*"|[^=]*=|.*\bTHEN[ \t\r]*$', re.IGNORECASE)
_SHORT_LINE = re.compile(r"[ \t]*(?:END[ _]?\w+|ELSE|NEXT(?:[ \t]+\w+)?|LOOP|WEND)?[ \t\r]*(?:$|'|//|#)", re.IGNORECASE)
_WORD = re.compile(r"[ \t]*([^\W\d_]+)")


def find_closing_quote(text: str, start: int) -> int | None:
    """Return the index of the quote that closes a text over several lines, or None if no quote does.

    Parameters
    ----------
    text
        The script.
    start
        The index after the opening quote.
    """
    for match in _QUOTE.finditer(text, start):
        line_start = text.rfind("\n", start, match.start()) + 1
        if match[0].startswith("\\"):
            continue
        if line_start and _opens_text(text[line_start : match.start()]):
            return None
        if match[0] == '"':
            is_closing = _AFTER_TEXT.match(text, match.end()) is not None
            return match.start() if is_closing and text.count("\n", start, match.start()) < MAX_LINES else None
    return None


def _opens_text(before: str) -> bool:
    """Return whether a quote opens a text, from what precedes it in its line."""
    if _WANTS_VALUE.search(before):
        return True
    first = _WORD.match(before)
    if first is None or first[1].upper() not in _STATEMENT_WORDS or not before[-1:].isspace():
        return False
    return _is_keyword(first[1]) or not before[first.end() :].strip()


def find_next_statement(text: str, start: int) -> int:
    """Return the index of the line, at or after a line that starts at an index, that looks like part of a script.

    The lines before it are the rest of a text that has no end.
    """
    while start < len(text) and not _is_statement(text, start):
        newline = text.find("\n", start)
        start = len(text) if newline < 0 else newline + 1
    return start


def _is_statement(text: str, start: int) -> bool:
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    if _SHORT_LINE.match(line) or _ASSIGNMENT.match(line):
        return True
    first = _WORD.match(line)
    if first is None or first[1].upper() not in _STATEMENT_WORDS:
        return False
    return _is_keyword(first[1]) or _CODE.match(line) is not None


def _is_keyword(word: str) -> bool:
    """Return whether a word is written as a keyword: prose may begin with the word of a statement, as in `see you`."""
    return len(word) > 1 and word.isupper()
