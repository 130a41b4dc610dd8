"""Syntax errors: raised where a statement cannot be parsed, caught where the next one starts."""

from basic.diagnostics import Position


class ScriptSyntaxError(Exception):
    """A statement that cannot be parsed.

    Attributes
    ----------
    is_final
        Whether the keyword's form was certain before the error, so that no other form needs to be tried.
    """

    def __init__(self, position: Position, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message
        self.is_final = False


class MissingPartError(ScriptSyntaxError):
    """A statement that lacks a part of its form."""


class TooManyErrorsError(Exception):
    """A file with so many errors that it is probably not a script."""
