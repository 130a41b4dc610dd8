"""The client for programs without ``asyncio``: it runs the asynchronous one in a thread."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from general_bots_conversations.async_client import AsyncClient
from general_bots_conversations.conversation import Conversation
from general_bots_conversations.events import Event
from general_bots_conversations.loop_thread import Events, LoopThread
from general_bots_conversations.models import Bot, ConnectionState, ConversationPage, ConversationSummary, Json
from general_bots_conversations.storage import Storage
from general_bots_conversations.timing import Timing
from general_bots_conversations.tokens import TokenProvider


class Client:
    """``AsyncClient`` for other threads: the same methods, which wait for their results.

    Use it as ``with Client(url, token=…) as client``. Any thread may use it. The parameters are those of
    ``AsyncClient``; a function that returns tokens is called in the thread of the client.
    """

    def __init__(  # noqa: PLR0913 - the options of a client, all but the first by name
        self,
        url: str | None = None,
        *,
        api_url: str | None = None,
        ws_url: str | None = None,
        token: str | TokenProvider | None = None,
        bot_id: str | None = None,
        storage: Storage | None = None,
        account: str = "",
        timing: Timing | None = None,
    ) -> None:
        self._thread = LoopThread()
        try:
            self._client = self._thread.call(
                lambda: AsyncClient(
                    url,
                    api_url=api_url,
                    ws_url=ws_url,
                    token=token,
                    bot_id=bot_id,
                    storage=storage,
                    account=account,
                    timing=timing,
                )
            )
        except BaseException:
            self._thread.stop()
            raise

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> ConnectionState:
        """The state of the connection."""
        return self._thread.call(lambda: self._client.state)

    @property
    def anonymous(self) -> bool:
        """Whether this is the client of a visitor."""
        return self._client.anonymous

    def connect(self) -> None:
        """Connect and stay connected."""
        self._thread.call(self._client.connect)

    def close(self) -> None:
        """Disconnect. Messages that were not delivered stay in the storage for the next client."""
        if not self._thread.is_stopped:
            self._thread.wait(self._client.close())
            self._thread.stop()

    def forget(self) -> None:
        """Disconnect and delete everything of this user or visitor from the storage: for signing out."""
        self._thread.wait(self._client.forget())
        self._thread.stop()

    def events(self) -> Events[Event]:
        """Return all events from now on, those of the conversations included."""
        return Events(self._thread, self._client.events)

    def conversation(self, name: str | None = None) -> Conversation:
        """Open a conversation; see ``AsyncClient.conversation``."""
        return Conversation(self._thread.call(lambda: self._client.conversation(name)), self._thread)

    def start(self, *, bot_id: str | None = None) -> Conversation:
        """Start a new conversation of the user; see ``AsyncClient.start``."""
        return Conversation(self._thread.wait(self._client.start(bot_id=bot_id)), self._thread)

    def claim(self) -> Conversation | None:
        """Claim the visitor's conversation of this storage; see ``AsyncClient.claim``."""
        claimed = self._thread.wait(self._client.claim())
        return None if claimed is None else Conversation(claimed, self._thread)

    def list_conversations(
        self, *, bot_id: str | None = None, status: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> ConversationPage:
        """Return a page of the user's conversations, latest activity first."""
        return self._thread.wait(
            self._client.list_conversations(bot_id=bot_id, status=status, limit=limit, cursor=cursor)
        )

    def iterate_conversations(self) -> Iterator[ConversationSummary]:
        """Yield all conversations of the user once; wait for rate limits and short outages."""
        return self._thread.iterate(self._client.iterate_conversations())

    def list_bots(self) -> tuple[Bot, ...]:
        """Return the bots that the user may talk to."""
        return self._thread.wait(self._client.list_bots())

    def export(self) -> Iterator[Json]:
        """Yield all that is stored about the user, page by page as the server has it; wait for rate limits."""
        return self._thread.iterate(self._client.export())

    def delete_everything(self) -> None:
        """Delete everything that is stored about the user."""
        self._thread.wait(self._client.delete_everything())
