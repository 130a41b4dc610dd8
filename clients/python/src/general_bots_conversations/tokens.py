"""The access token of a user."""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from general_bots_conversations.errors import ConversationsError, SignedOutError, UnreachableError

TokenProvider: TypeAlias = Callable[[bool], str | Awaitable[str]]
"""Returns an access token. Its argument is ``fresh``: the last one was rejected, so a cached one is useless.

It raises ``SignedOutError`` if the user is signed out.
"""


class TokenSource:
    """Gets a token before each request and each socket.

    Parameters
    ----------
    token
        An access token, or a function that returns one, directly or as a coroutine.
    """

    def __init__(self, token: str | TokenProvider) -> None:
        self._token = token
        self._needs_fresh = False

    def renew(self) -> None:
        """Ask for a fresh token next time, because the last one was rejected."""
        self._needs_fresh = True

    async def get(self) -> str:
        """Return a token.

        Raises
        ------
        SignedOutError
            If the user has no token, or if the server rejected a fixed one.
        UnreachableError
            If the app's function fails.
        """
        fresh, self._needs_fresh = self._needs_fresh, False
        if isinstance(self._token, str):
            if fresh or not self._token:
                raise SignedOutError
            return self._token
        try:
            token = self._token(fresh)
            return await token if inspect.isawaitable(token) else token
        except ConversationsError:
            raise
        except Exception as error:
            # The app's function, which may fail for any reason: the client tries again.
            raise UnreachableError("The app cannot get a token at the moment.") from error

    def __repr__(self) -> str:
        """Return no token."""
        return "TokenSource()"
