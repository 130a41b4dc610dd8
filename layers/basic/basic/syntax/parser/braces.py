"""Blocks in braces, as other languages have them: one error names the block that BASIC has instead."""

from collections.abc import Mapping

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.skipping import find_bracket_end
from basic.syntax.tokens import Token, TokenKind

_BLOCKS: Mapping[str, str] = {
    "IF": "`IF condition THEN` ... `END IF`",
    "ELSE": "`ELSE` ... `END IF`",
    "ELSEIF": "`ELSEIF condition THEN` ... `END IF`",
    "WHILE": "`WHILE condition` ... `WEND`",
    "FOR": "`FOR EACH item IN items` ... `NEXT`",
    "FOREACH": "`FOR EACH item IN items` ... `NEXT`",
    "LOOP": "`DO` ... `LOOP`",
    "DO": "`DO` ... `LOOP`",
    "SWITCH": "`SWITCH value` ... `CASE value` ... `END SWITCH`",
    "FN": "`FUNCTION name(parameters)` ... `END FUNCTION`",
    "FUNCTION": "`FUNCTION name(parameters)` ... `END FUNCTION`",
    "SUB": "`SUB name(parameters)` ... `END SUB`",
    "TRY": "`TRY` ... `CATCH` ... `END TRY`",
}
_BEFORE_MAP = frozenset(["=", "==", "<>", "!=", "(", "[", "{", "#{", ",", ":", "+", "&"])


def find_brace_block(cursor: TokenCursor) -> Token | None:
    """Return the brace at the end of the line, if the next statement is the head of a block in braces."""
    if cursor.current.word not in _BLOCKS:
        return None
    index = cursor.index
    while cursor.tokens[index].kind not in (TokenKind.NEWLINE, TokenKind.END):
        index += 1
    brace, before = cursor.tokens[index - 1], cursor.tokens[index - 2]
    return brace if brace.kind is TokenKind.SIGN and brace.text == "{" and before.text not in _BEFORE_MAP else None


def describe_block(head: Token) -> str:
    """Return the message about a block in braces."""
    return f"blocks have no braces; write {_BLOCKS[head.word]}"


def skip_brace_blocks(cursor: TokenCursor, brace: Token) -> None:
    """Go past a block in braces, and past those of its ELSE branches."""
    following: Token | None = brace
    while following is not None:
        while cursor.tokens[cursor.index] is not following:
            cursor.index += 1
        end = find_bracket_end(cursor.tokens, cursor.index)
        cursor.index = len(cursor.tokens) - 1 if end is None else end + 1
        following = _find_next_branch(cursor)


def _find_next_branch(cursor: TokenCursor) -> Token | None:
    start = cursor.index
    while cursor.current.kind is TokenKind.NEWLINE:
        cursor.index += 1
    brace = find_brace_block(cursor) if cursor.is_word("ELSE", "ELSEIF") else None
    if brace is None:
        cursor.index = start
    return brace
