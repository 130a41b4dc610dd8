"""Rewrites a ``config.csv``."""

import csv
from collections.abc import Iterator, Sequence

from basic.config import ACCESS, KEYS, PARAMETER_PREFIX, is_header, normalize_key
from basic.model_config import is_secret_reference, mask_secret
from tools.bots.importing.rewrites import Change

_ABSENT = ("", "none")


def rewrite_config(text: str) -> tuple[str, list[Change]]:
    """Rewrite a configuration line by line; a line that cannot be used becomes a comment.

    Secrets are left out. An ``access`` without a value stays an error: without the line the bot is public.
    """
    lines = text.splitlines()
    last = {normalize_key(row[0]): index for index, row in _list_entries(lines)}
    changes: list[Change] = []
    for index, row in _list_entries(lines):
        line, description = _rewrite_line(lines[index], row, is_last=last[normalize_key(row[0])] == index)
        if description:
            lines[index] = line
            changes.append(Change(index + 1, description))
    return "\n".join(lines) + "\n" * bool(lines), changes


def _list_entries(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the entries that have a line of their own, with their indices; a value over several lines is left alone."""
    is_inside = False
    for index, line in enumerate(lines):
        if is_inside or line.count('"') % 2:
            is_inside ^= bool(line.count('"') % 2)
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True), [])]
        if any(cells) and not cells[0].startswith("#") and not is_header(cells):
            yield index, cells


def _rewrite_line(line: str, row: Sequence[str], *, is_last: bool) -> tuple[str, str]:
    """Return a line and what was changed; empty if nothing was."""
    key = normalize_key(row[0])
    if len(row) == 1:
        is_needed = key == ACCESS
        return (line, "") if is_needed else (f"# {line}", "a line without a value is a comment")
    if not is_last:
        return f"# {mask_secret(line)}", f"`{key}` is set again below; the last value counts"
    if mask_secret(line) != line and not key.startswith(PARAMETER_PREFIX) and not _is_harmless(row[1]):
        return f"# {key}: left out", f"the secret `{key}` is left out; store it and write a reference to it"
    if key in KEYS and key != row[0].lower():
        return f"{key},{line.partition(',')[2].strip()}", f"`{row[0]}` is `{key}`"
    return line, ""


def _is_harmless(value: str) -> bool:
    return value.lower() in _ABSENT or is_secret_reference(value)
