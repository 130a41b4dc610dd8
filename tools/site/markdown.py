"""Markdown for generated pages: tables, examples and texts of the API documents."""

import json
from collections.abc import Iterable, Iterator, Sequence


def build_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table and an empty line; none without rows."""
    lines = [f"| {' | '.join(map(_escape_cell, row))} |" for row in rows]
    if lines:
        yield f"| {' | '.join(header)} |"
        yield f"|{' --- |' * len(header)}"
        yield from lines
        yield ""


def build_example(value: object) -> Iterator[str]:
    """Yield the lines of a block with JSON, or with a text, and an empty line."""
    is_text = isinstance(value, str)
    yield "```text" if is_text else "```json"
    yield str(value).rstrip() if is_text else json.dumps(value, indent=2, ensure_ascii=False)
    yield "```"
    yield ""


def _escape_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
