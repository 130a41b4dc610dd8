"""Text blocks: ``BEGIN TALK``, ``BEGIN SYSTEM PROMPT`` and ``BEGIN MAIL``, whose lines are raw text."""

import re
from collections.abc import Iterable, Iterator, Sequence

from basic.diagnostics import Position
from basic.syntax.tokens import TextBlock

_OPENING = re.compile(r"[ \t]*(BEGIN[ \t_]+(?:TALK|SYSTEM[ \t_]+PROMPT|MAIL))\b([^\n]*)(?:\n|\Z)", re.IGNORECASE)

_UNKNOWN = re.compile(r"[ \t]*BEGIN[ \t]+([A-Za-z]+(?:[ \t_]+[A-Za-z]+)?)[ \t\r]*\n", re.IGNORECASE)


def match_text_block(text: str, index: int) -> re.Match[str] | None:
    """Match the first line of a text block: group 1 is its keyword, group 2 the rest of the line."""
    return _OPENING.match(text, index)


def get_block_keyword(opening: re.Match[str]) -> str:
    """Return the keyword of a matched first line in its canonical spelling."""
    return " ".join(opening[1].upper().replace("_", " ").split())


def read_text_block(text: str, opening: re.Match[str], start: Position) -> tuple[TextBlock, int, bool]:
    """Read the block that starts with a matched first line.

    Parameters
    ----------
    start
        The position of its keyword.

    Returns
    -------
    The block, the index after it, and whether its END was found.
    """
    keyword = get_block_keyword(opening)
    closing = _compile_closing(keyword.removeprefix("BEGIN "))
    lines: list[str] = []
    end, is_closed = opening.end(), False
    while end < len(text) and not is_closed:
        newline = text.find("\n", end)
        newline = newline if newline >= 0 else len(text)
        row = text[end:newline]
        end, is_closed = newline + 1, closing.fullmatch(row) is not None
        if not is_closed:
            lines.append(row.rstrip("\r"))
    rest_position = Position(start.line, start.column + opening.end(1) - opening.start(1))
    block = TextBlock(keyword, start.line + 1, tuple(lines), opening[2].rstrip("\r"), rest_position)
    return block, min(len(text), end), is_closed


def find_unknown_block(text: str, index: int) -> tuple[str, int] | None:
    """Return the name of a block that starts at an index, and the index of the line after its END.

    None if there is none, or if it is a known text block.
    """
    opening = _UNKNOWN.match(text, index)
    if opening is None or match_text_block(text, index):
        return None
    name = " ".join(opening[1].upper().replace("_", " ").split())
    closing = re.compile(rf"^{_compile_closing(name).pattern}$\n?", re.IGNORECASE | re.MULTILINE).search(
        text, opening.end()
    )
    return None if closing is None else (name, closing.end())


def measure_indentation(lines: Iterable[str]) -> int:
    """Return the number of blanks that all lines start with; empty lines do not count."""
    return min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)


def list_text_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines with their indices, without the empty ones before the first and after the last text."""
    texts = [index for index, line in enumerate(lines) if line.strip()]
    for index in range(texts[0], texts[-1] + 1) if texts else ():
        yield index, lines[index]


def _compile_closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"[ \t]*END[ \t_]*{name.replace(' ', r'[ \t_]+')}[ \t\r]*(?:'.*)?", re.IGNORECASE)
