"""A token verifier with a fixed set of tokens."""

from dataclasses import dataclass, field

from conversations.domain.errors import UnauthorizedError
from conversations.domain.principal import Principal


@dataclass(slots=True)
class KnownTokens:
    """``TokenVerifier``: a token is valid if it is in the book."""

    book: dict[str, Principal] = field(default_factory=dict)

    def verify(self, token: str) -> Principal:
        if token not in self.book:
            raise UnauthorizedError("The token is invalid or expired.")
        return self.book[token]
