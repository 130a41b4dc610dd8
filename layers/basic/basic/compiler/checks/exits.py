"""Checking EXIT, BREAK and CONTINUE."""

from collections.abc import Iterator

from basic.diagnostics import Issue
from basic.syntax.tree.statements import Block, Exit, ForEach, ForTo, If, Loop, LoopJump, Statement, Switch


def check_exits(block: Block, enclosing: tuple[str, ...]) -> Iterator[Issue]:
    """Report each EXIT that is in no construct of its kind."""
    for statement in block:
        if isinstance(statement, Exit) and statement.kind and statement.kind not in enclosing:
            yield Issue(statement.position, f"EXIT {statement.kind} is not inside a {statement.kind}")
        if isinstance(statement, LoopJump):
            yield from _check_loop_jump(statement, enclosing)
        for inner, kinds in _list_blocks(statement):
            yield from check_exits(inner, (*enclosing, *kinds))


def _check_loop_jump(statement: LoopJump, enclosing: tuple[str, ...]) -> Iterator[Issue]:
    word = "CONTINUE" if statement.continues else "BREAK"
    if statement.kind and statement.kind not in enclosing:
        yield Issue(statement.position, f"{word} {statement.kind} is not inside a {statement.kind}")
    elif not statement.kind and not {"FOR", "DO", "WHILE"}.intersection(enclosing):
        hint = "" if statement.continues else "; a CASE ends without it, and EXIT ends the script"
        yield Issue(statement.position, f"{word} is not inside a loop{hint}")


def _list_blocks(statement: Statement) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Yield the blocks of a statement, and the kinds of EXIT that can leave them."""
    match statement:
        case If():
            yield from ((block, ()) for _, block in statement.branches)
            yield statement.else_block, ()
        case Switch():
            yield from ((block, ()) for _, block in statement.cases)
            yield statement.default, ()
        case ForEach() | ForTo():
            yield statement.body, ("FOR",)
        case Loop():
            yield statement.body, (statement.keyword,)
        case _:
            pass
