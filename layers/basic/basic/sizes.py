"""The sizes of values: what a value may have at most, and how much work and memory it takes."""

from collections.abc import Iterable
from sys import getsizeof

from basic.errors import BudgetError

MAX_SIZE = 256 * 1024
"""Characters and parts of the largest value; no dialog state could hold a larger one."""

MAX_DEPTH = 32
"""Arrays in maps in arrays: the nesting of the deepest value."""

PART_BYTES = 32
"""What `measure_size` counts for each part of a value: visiting it takes as long as copying a few dozen characters."""

_LARGE = 16
"""Parts of a container that `measure_memory` counts once only, wherever it is referenced."""


def measure_size(value: object) -> int:
    """Return the size of a value in bytes, as far as the time to visit or copy it depends on it.

    A character has the bytes that CPython needs for it: 1, 2 or 4, by the widest character of its text. Each part has
    `PART_BYTES` more, and each array and map twice as many.

    Raises
    ------
    BudgetError
        If the value has more than `MAX_SIZE` characters and parts, or is nested deeper than `MAX_DEPTH`. Shared parts
        count each time, as they are serialized each time.
    """
    if isinstance(value, str):
        _check(len(value))
        return PART_BYTES + measure_text(value)
    if not isinstance(value, list | dict):
        return PART_BYTES
    return _measure_container(value)


def _measure_container(value: list[object] | dict[str, object]) -> int:
    size, wide, parts, containers = 0, 0, 1, 0
    level: list[list[object] | dict[str, object]] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[list[object] | dict[str, object]] = []
        containers += len(level)
        for container in level:
            parts += len(container)
            items: Iterable[object] = container
            if isinstance(container, dict):
                keys = "".join(container)
                size += len(keys)
                wide += measure_text(keys) - len(keys)
                items = container.values()
            for item in items:
                if isinstance(item, str):
                    size += len(item)
                    if not item.isascii():
                        wide += getsizeof(item) - len(item)
                elif isinstance(item, list | dict):
                    inner.append(item)
            _check(size + 2 * parts - 1)
        if not inner:
            return size + wide + PART_BYTES * (parts + containers)
        level = inner
    raise BudgetError(f"a value is nested more than {MAX_DEPTH} deep")


def measure_text(text: str) -> int:
    """Return the bytes of the characters of a text."""
    return len(text) if text.isascii() else getsizeof(text)


def _check(size: int) -> None:
    if size > MAX_SIZE:
        raise BudgetError(f"a value is larger than {MAX_SIZE // 1024} KB")


def check_size(characters: int) -> None:
    """Refuse to build a text or an array that is larger than a value may be, before it uses the memory.

    Raises
    ------
    BudgetError
        If it would have more characters and parts than a value may.
    """
    _check(characters)


def measure_memory(roots: Iterable[object], limit: int) -> tuple[int, int]:
    """Return the bytes that values occupy in the process, and how many parts were visited.

    A long text, array or map that is referenced several times counts once. The measuring ends as soon as the bytes
    exceed the limit.

    Parameters
    ----------
    roots
        The values.
    limit
        Bytes.
    """
    size = visited = 0
    seen: set[int] = set()
    remaining = [*roots]
    while remaining and size <= limit:
        part = remaining.pop()
        size += getsizeof(part)
        items: Iterable[object] = ()
        if isinstance(part, dict):
            size += sum(map(getsizeof, part))
            items = part.values()
        elif isinstance(part, list):
            items = part
        for item in items:
            visited += 1
            if not isinstance(item, str | list | dict) or (len(item) <= _LARGE and isinstance(item, str)):
                size += getsizeof(item)
            elif len(item) <= _LARGE or id(item) not in seen:
                if len(item) > _LARGE:
                    seen.add(id(item))
                remaining.append(item)
    return size, visited
