"""Bot servers."""

from collections.abc import Iterator
from typing import Protocol

from conversations.domain.bot_server import BotServer, ServerEvent, ServerRequest


class BotServers(Protocol):
    """The servers of all webhook bots."""

    def ask(self, server: BotServer, request: ServerRequest) -> Iterator[ServerEvent]:
        """Send a turn to a server, and yield its answer as it arrives.

        Yields a ``ServerWaiting`` at least every ``turn_time.WAITING_SECONDS`` while nothing arrives, and one
        ``ServerDone`` at the end. Closing the iterator aborts the request.

        Raises
        ------
        ServerUnavailableError
            If the server cannot be reached, is overloaded, or broke off: the answer so far is incomplete.
        ServerAnswerError
            If another request would fail as well.
        UnavailableError
            If the store of secrets does not respond. Nothing was sent.
        """
        ...
