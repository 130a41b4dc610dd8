"""What the small parsers need from the parser of expressions, which holds them."""

from typing import Protocol

from basic.diagnostics import Position
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.operators import LOWEST
from basic.syntax.tree.expressions import Expression


class ExpressionReader(Protocol):
    """Parses expressions."""

    @property
    def cursor(self) -> TokenCursor:
        """The position in the tokens."""

    def parse(self, min_binding: int = LOWEST) -> Expression:
        """Parse an expression whose operators all bind tighter than ``min_binding``."""

    def parse_source(self, source: str, position: Position) -> Expression:
        """Parse the source of one expression that stands in a text, at a position of the file."""

    def parse_list(self) -> tuple[Expression, ...]:
        """Parse expressions separated by commas up to a closing bracket; the opening one was read."""

    def parse_more(self) -> tuple[Expression, ...]:
        """Parse expressions that each follow a comma."""
