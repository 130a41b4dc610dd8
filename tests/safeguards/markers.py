"""Safeguards, the comments that mark them in the code, and their removal.

A marker is a comment ``# safeguard: NAME``. The code line it is on, or else the next one, belongs to the guarded
statement; of a compound statement only the header is guarded. Nothing outside that statement is ever changed, so a
refactoring elsewhere needs no change in ``safeguards.toml``.
"""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DEFINITIONS = Path(__file__).with_name("safeguards.toml")
_CODE = ("layers/core", "layers/basic", "functions")
_MARKER = re.compile(r"# safeguard: ([a-z0-9-]+)$")
_NO_CODE = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
)


class MarkerError(Exception):
    """A safeguard and its marker do not fit together; the text names both the file and the marker."""


@dataclass(frozen=True, slots=True)
class Safeguard:
    """Code that keeps a promise.

    Attributes
    ----------
    marker
        The name in the comment.
    promise
        The promise of ``docs/reliability.md``.
    name
        What the code ensures.
    tests
        The tests that fail without it.
    condition
        What replaces the condition of the guarded ``if``.
    statement
        What replaces the guarded statement; ``{statement}`` in it is the original.
    replace, by
        A text that the guarded statement contains once, and what replaces it.
    """

    marker: str
    promise: str
    name: str
    tests: tuple[str, ...]
    condition: str | None = None
    statement: str | None = None
    replace: str | None = None
    by: str = ""

    def disable(self, path: str, code: str) -> str:
        """Return the code of a file without the safeguard.

        Raises
        ------
        MarkerError
            If the guarded statement has no condition, or does not contain the text to replace once.
        """
        node = _find_statement(path, code, self.marker)
        start, end = _get_span(code, node)
        if self.condition is not None:
            if not isinstance(node, ast.If | ast.While):
                raise MarkerError(f"{path}: the statement at the marker {self.marker} has no condition.")
            start, end = _get_span(code, node.test)
            return code[:start] + self.condition + code[end:]
        original = code[start:end]
        if self.statement is not None:
            replacement = self.statement.replace("{statement}", original)
            return code[:start] + replacement.replace("\n", f"\n{' ' * node.col_offset}") + code[end:]
        if self.replace is None or original.count(self.replace) != 1:
            raise MarkerError(
                f"{path}: the statement at the marker {self.marker} must contain {self.replace!r} exactly once."
            )
        return code[:start] + original.replace(self.replace, self.by) + code[end:]


def load_safeguards() -> list[Safeguard]:
    """Return the safeguards of ``safeguards.toml``."""
    definitions = tomllib.loads(_DEFINITIONS.read_text(encoding="utf-8"))
    return [
        Safeguard(marker=marker, **{**definition, "tests": tuple(definition["tests"])})
        for marker, definition in definitions.items()
    ]


def find_markers(root: Path) -> dict[str, list[str]]:
    """Return the files that contain each marker, by its name; a file is listed once per occurrence."""
    files: dict[str, list[str]] = {}
    for folder in _CODE:
        for file in sorted((root / folder).rglob("*.py")):
            for marker in _list_markers(file.read_text(encoding="utf-8")):
                files.setdefault(marker, []).append(str(file.relative_to(root)))
    return files


def find_file(files: dict[str, list[str]], marker: str) -> str:
    """Return the file that contains a marker.

    Raises
    ------
    MarkerError
        If no file contains it, or it occurs more than once.
    """
    match files.get(marker, []):
        case [file]:
            return file
        case []:
            raise MarkerError(f"No file contains the marker {marker} that safeguards.toml defines.")
        case several:
            raise MarkerError(f"{several[-1]}: the marker {marker} occurs more than once, also in {several[0]}.")


def _list_markers(code: str) -> list[str]:
    return [match[1] for line in code.splitlines() if (match := _MARKER.search(line))]


def _find_statement(path: str, code: str, marker: str) -> ast.stmt:
    """Return the innermost statement that contains the marked line."""
    line = _find_marked_line(path, code, marker)
    statements = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return max(statements, key=lambda node: (node.lineno, node.col_offset))


def _find_marked_line(path: str, code: str, marker: str) -> int:
    """Return the line of code that a marker is on, or the next one after a marker that has a line of its own."""
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    marker_lines = [token.start[0] for token in tokens if token.string == f"# safeguard: {marker}"]
    if len(marker_lines) != 1:
        raise MarkerError(f"{path}: the marker {marker} occurs {len(marker_lines)} times.")
    return next(line for line in _list_code_lines(tokens) if line >= marker_lines[0])


def _list_code_lines(tokens: list[tokenize.TokenInfo]) -> Iterator[int]:
    for token in tokens:
        if token.type not in _NO_CODE:
            yield token.start[0]


def _get_span(code: str, node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Return start and end of a node in the code; of a compound statement, of its header."""
    body = getattr(node, "body", None)
    start = _get_offset(code, node.lineno, node.col_offset)
    if isinstance(body, list):
        return start, _get_offset(code, body[0].lineno, body[0].col_offset)
    return start, _get_offset(code, node.end_lineno or node.lineno, node.end_col_offset or 0)


def _get_offset(code: str, line: int, column: int) -> int:
    """Return the index of a position; ``ast`` counts columns in UTF-8 bytes."""
    lines = code.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())
