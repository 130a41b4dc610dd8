"""Checking the number of arguments of a call."""

from collections.abc import Iterator

from basic.diagnostics import Issue, Position


def check_argument_count(
    position: Position, name: str, count: int, min_args: int, max_args: int | None
) -> Iterator[Issue]:
    """Report a call with too few or too many arguments; a maximum of None is any number."""
    if count < min_args or (max_args is not None and count > max_args):
        yield Issue(position, f"`{name}` takes {_describe_range(min_args, max_args)}, not {count}")


def _describe_range(min_args: int, max_args: int | None) -> str:
    if max_args is None:
        return f"{min_args} or more arguments"
    unit = "argument" if max_args == 1 else "arguments"
    if min_args == max_args:
        return f"{min_args} {unit}"
    return f"{min_args} {'or' if max_args == min_args + 1 else 'to'} {max_args} {unit}"
