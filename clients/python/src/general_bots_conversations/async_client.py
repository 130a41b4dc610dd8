"""The client for ``asyncio``."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from general_bots_conversations import parsing
from general_bots_conversations.async_conversation import AsyncConversation
from general_bots_conversations.claims import VisitorClaim
from general_bots_conversations.core.conversation import ConversationState
from general_bots_conversations.core.environment import VISITOR, Environment
from general_bots_conversations.core.ids import to_key
from general_bots_conversations.core.machine import Machine
from general_bots_conversations.driver import Driver, SystemClock
from general_bots_conversations.event_stream import EventStream
from general_bots_conversations.events import ConversationReplaced, Event
from general_bots_conversations.models import Bot, ConnectionState, ConversationPage, ConversationSummary, Json
from general_bots_conversations.rest import Rest
from general_bots_conversations.storage import MemoryStorage, Storage
from general_bots_conversations.timing import Timing
from general_bots_conversations.tokens import TokenProvider, TokenSource
from general_bots_conversations.urls import find_urls

_T = TypeVar("_T")
_PAGE_SIZE = 100


class AsyncClient:
    """A client of the Conversations API that connects, and stays connected until it is closed.

    Use it as ``async with AsyncClient(url, token=…) as client``. All of it belongs to one event loop.

    Parameters
    ----------
    url
        The address of a server that has everything on one origin, such as ``https://chat.example.com``.
    api_url, ws_url
        The addresses of the REST API and of the WebSocket, if they are on different ones.
    token
        The user's access token, or a function that returns one. Without it the client is that of a visitor.
    bot_id
        The bot of a visitor's conversation, one that the server lists for visitors; the default bot if it is None.
    storage
        Where messages that were not delivered survive; in memory by default. See ``FileStorage``.
    account
        The user's id, if several users share the storage: messages of one user are never sent as another.
    timing
        Timeouts and intervals for a server with other limits.

    Raises
    ------
    ValueError
        If an address is missing or invalid.
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
        urls = find_urls(url, api_url, ws_url)
        source = None if token is None else TokenSource(token)
        timing = timing or Timing()
        self._storage = storage or MemoryStorage()
        owner = VISITOR if token is None else f"user/{account}"
        environment = Environment(self._storage, owner, timing, SystemClock())
        machine = Machine(environment, is_user=token is not None, bot_id=bot_id)
        self._rest = Rest(urls, source, timing.request_timeout)
        self._driver = Driver(machine, urls, source, self._rest, self._on_event)
        self._handles: dict[int, AsyncConversation] = {}
        self._streams: list[EventStream[Any]] = []

    async def __aenter__(self) -> Self:
        self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def state(self) -> ConnectionState:
        """The state of the connection."""
        return self._driver.machine.connection.state

    @property
    def anonymous(self) -> bool:
        """Whether this is the client of a visitor."""
        return not self._driver.machine.is_user

    # -- the connection ------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect and stay connected. If no conversation is open, the server chooses or starts one."""
        self._driver.update(self._driver.machine.connect)

    async def close(self) -> None:
        """Disconnect. Messages that were not delivered stay in the storage for the next client."""
        await self._driver.close()
        await self._rest.close()
        for stream in tuple(self._streams):
            stream.close()
        self._storage.close()

    async def forget(self) -> None:
        """Disconnect and delete everything of this user or visitor from the storage: for signing out."""
        self._driver.update(self._driver.machine.forget)
        await self.close()

    def events(self) -> EventStream[Event]:
        """Return all events from now on, those of the conversations included."""
        return self._open_stream(lambda event: event)

    # -- conversations -------------------------------------------------------------------------------------------------

    def conversation(self, name: str | None = None) -> AsyncConversation:
        """Open a conversation.

        Parameters
        ----------
        name
            A conversation id or session id. Without it, the conversation that the server opens the socket for: the only
            one of a visitor, or the one that the user opened last.
        """
        opened: list[ConversationState] = []
        self._driver.update(lambda: opened.append(self._driver.machine.open_conversation(name)))
        return self._get_handle(opened[0])

    async def start(self, *, bot_id: str | None = None) -> AsyncConversation:
        """Start a new conversation of the user, with the default bot if no bot is given.

        Raises
        ------
        ApiError, SignedOutError, UnreachableError
            If the server refuses it or does not answer.
        """
        body = {"client_message_id": str(uuid4())} | ({} if bot_id is None else {"bot_id": bot_id})
        started = await self._rest.request("POST", "/conversations/start", body=body)
        return self.conversation(str(started["session_id"]))

    async def claim(self) -> AsyncConversation | None:
        """Claim the conversation that the user started as a visitor with this storage, with its unsent messages.

        It can be called again after an error.

        Returns
        -------
        AsyncConversation or None
            The conversation, which now belongs to the user; None if the visitor has no conversation, or it has expired.

        Raises
        ------
        ApiError, SignedOutError, UnreachableError
            If the server cannot claim it at the moment.
        """
        environment = Environment(self._storage, VISITOR, Timing(), SystemClock())
        claim = VisitorClaim(self._rest, environment)
        claimed = await claim.claim()
        handle = None
        if claimed is not None:
            name, items = claimed
            opened: list[ConversationState] = []
            self._driver.update(lambda: opened.append(self._driver.machine.adopt(to_key(name), items)))
            handle = self._get_handle(opened[0])
        claim.clear()
        return handle

    async def list_conversations(
        self,
        *,
        bot_id: str | None = None,
        status: str | None = None,
        limit: int = _PAGE_SIZE,
        cursor: str | None = None,
    ) -> ConversationPage:
        """Return a page of the user's conversations, latest activity first.

        Raises
        ------
        ApiError, SignedOutError, UnreachableError
            If the server refuses it or does not answer.
        """
        query = {"bot_id": bot_id, "status": status, "limit": limit, "cursor": cursor}
        return parsing.read_conversation_page(await self._rest.request("GET", "/conversations", query=query))

    async def iterate_conversations(self) -> AsyncIterator[ConversationSummary]:
        """Yield all conversations of the user once; wait for rate limits and short outages."""
        cursor, seen = None, set()
        while True:
            query = {"limit": _PAGE_SIZE, "cursor": cursor}
            page = parsing.read_conversation_page(
                await self._rest.request_patiently("GET", "/conversations", query=query)
            )
            for conversation in page.conversations:
                # One in which something is said meanwhile comes again.
                if conversation.id not in seen:
                    seen.add(conversation.id)
                    yield conversation
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    async def list_bots(self) -> tuple[Bot, ...]:
        """Return the bots that the user may talk to. It raises as ``list_conversations``."""
        return parsing.read_bots(await self._rest.request("GET", "/bots"))

    async def export(self) -> AsyncIterator[Json]:
        """Yield all that is stored about the user, page by page as the server has it; wait for rate limits."""
        cursor = None
        while True:
            page = await self._rest.request_patiently("GET", "/me/export", query={"cursor": cursor})
            yield page
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    async def delete_everything(self) -> None:
        """Delete everything that is stored about the user. It raises as ``list_conversations``."""
        await self._rest.request("DELETE", "/me")

    # -- events --------------------------------------------------------------------------------------------------------

    def _open_stream(self, accepts: Callable[[Event], _T | None]) -> EventStream[_T]:
        stream: EventStream[_T] = EventStream(accepts, self._streams.remove)
        self._streams.append(stream)
        return stream

    def _get_handle(self, state: ConversationState) -> AsyncConversation:
        if state.number not in self._handles:
            self._handles[state.number] = AsyncConversation(state, self._driver, self._rest, self._open_stream)
        return self._handles[state.number]

    def _on_event(self, event: Event) -> None:
        if isinstance(event, ConversationReplaced):
            self._replace(event)
        for stream in tuple(self._streams):
            stream.put(event)

    def _replace(self, event: ConversationReplaced) -> None:
        handle = self._handles.pop(event.conversation, None)
        found = (state for state in self._driver.machine.conversations.all if state.number == event.replacement)
        state = next(found, None)
        if handle is not None and state is not None:
            handle.replace_state(state)
            self._handles.setdefault(event.replacement, handle)
