"""What the use cases need from the outside: ``conversations.adapters`` for real, ``tests/fakes`` in tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from conversations.domain.bot import Bot, BotSummary, DialogState
from conversations.domain.conversation import Conversation, ConversationStatus, ConversationSummary, Position
from conversations.domain.limits import Policy, Usage
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.message import Draft, Message, Utterance
from conversations.domain.principal import Principal
from conversations.domain.webhooks import WebhookAnswer, WebhookCall, WebhookTurn
from conversations.domain.work import Erasure, ExpiryCheck, Telling, Work

Clock = Callable[[], datetime]
"""Returns the current time, in UTC, cut to the millisecond."""


@dataclass(frozen=True, slots=True)
class Page[Item]:
    """A piece of something longer: its items, and whether there are more in the direction of travel."""

    items: tuple[Item, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which of an owner's conversations to list; None is any."""

    bot_id: str | None = None
    status: ConversationStatus | None = None


class ConversationStore(Protocol):
    """The conversations themselves."""

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        """Store a new conversation, with its first message if it has one, all or nothing.

        Raises
        ------
        ConflictError
            If a conversation with this id exists.
        UnavailableError
            If the store does not answer.
        """
        ...

    def get(self, session_id: str) -> Conversation | None:
        """Return the conversation as last written, whoever owns it, expired or not; None if there is none."""
        ...

    def newest_active(self, owner: str, bot_id: str) -> str | None:
        """Return the id of the owner's active conversation with the bot that was used last, None if there is none."""
        ...

    def list_of(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int = 0, after: Position | None = None
    ) -> Page[ConversationSummary]:
        """Return up to ``limit`` of the owner's conversations, last used first.

        Parameters
        ----------
        owner
            Whose.
        matching
            Which of them.
        limit
            How many at most.
        offset
            How many to leave out first; costs as much as reading them.
        after
            Begin behind this place; costs nothing.
        """
        ...

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status and the counters with it, and return the conversation as it is then.

        Raises
        ------
        NotFoundError
            If it is gone meanwhile.
        UnavailableError
            If the store does not answer, or it is written to all the time.
        """
        ...

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:
        """Make the conversation unfindable from now on, and count it no more; marking it twice is nothing.

        Raises
        ------
        UnavailableError
            If the store does not answer, or it is written to all the time.
        """
        ...

    def count_of(self, owner: str, matching: ListFilter) -> int:
        """Return how many conversations the filter matches, at the same cost for any number."""
        ...


class TicketStore(Protocol):
    """One-use tickets for opening a socket; only hashes are kept."""

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        """Let the bearer of the ticket open one socket as ``principal``."""
        ...

    def burn(self, ticket_hash: str, now: datetime) -> Principal | None:
        """Return whose ticket it is and make it useless, in one step; None if it is unknown, used or too old."""
        ...


class VisitorStore(Protocol):
    """The secrets by which visitors come back; only hashes are kept."""

    def grant(self, session_id: str, token_hash: str, *, kept: str | None = None) -> None:
        """Let the bearer of the token return to the session; the last few tokens of a session stay good.

        Parameters
        ----------
        session_id
            Bare id of the session.
        token_hash
            Hash of the new token.
        kept
            Hash of the token the visitor came back with: it stays good whatever comes, because nobody knows whether
            the new one is ever heard.
        """
        ...

    def granted(self, session_id: str, token_hash: str, now: datetime) -> bool:
        """Tell whether the token opens the session, which must not have expired."""
        ...


class Handover(Protocol):
    """The way of a visitor's conversation to a user."""

    def hand_over(self, session_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        """Make a visitor's conversation, with all its messages, the owner's; a second time changes nothing.

        Parameters
        ----------
        session_id
            Bare id of the conversation.
        token_hash
            Hash of the visitor's token, which opens nothing from now on.
        owner
            ``Principal.owner`` of the user.
        now
            The time.

        Raises
        ------
        NotFoundError
            If the token opens no session, or somebody else has it already.
        UnavailableError
            If the store does not answer, or the conversation is written to all the time; a retry is safe.
        """
        ...


class MessageStore(Protocol):
    """The messages of a conversation."""

    def bot_of(self, principal: Principal, session_id: str, now: datetime) -> str:
        """Return the id of the bot a conversation is with; costs nothing where ``append`` has been lately.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, unless that is not known yet: then ``append`` says so.
        UnavailableError
            If the store does not answer.
        """
        ...

    def append(self, principal: Principal, session_id: str, draft: Draft, now: datetime) -> Message:
        """Give the draft its place in the conversation, store it once, and return it as stored.

        The same ``client_message_id`` with the same content returns what was stored the first time, for 24 hours, also
        if the bot has not kept what it said.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation (``access.require_access``).
        ConflictError
            If it is archived, or the ``client_message_id`` was used for another content.
        UnavailableError
            If the store does not answer, or too many write at once; a retry is safe.
        """
        ...

    def page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return up to ``limit`` messages with ids from ``first`` to ``last``, oldest first.

        ``newest`` takes them from the new end of the range, else from the old end; ``has_more`` speaks of the rest of
        the range.
        """
        ...


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation as a bot finds it.

    Attributes
    ----------
    conversation
        The row.
    state
        What the bot remembers.
    message
        The message that was asked for.
    untold
        Id of the first message of the last turn that is told after a pause only; None if there was no pause.
    """

    conversation: Conversation
    state: DialogState
    message: Message | None = None
    untold: str | None = None


@dataclass(frozen=True, slots=True)
class TurnExtras:
    """What some turns come to besides messages and a state.

    Attributes
    ----------
    memories
        What the bot remembers beyond the conversation, in place of what it had there.
    pause
        How many of the messages are said before the turn's first pause; None if there is none.
    redacted
        What the message that is answered is kept as, and nothing of what it said; None if it is kept as it is.
    """

    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
    pause: int | None = None
    redacted: str | None = None


class TurnStore(Protocol):
    """The bots' turns: what was said, the new state, what is remembered and how far was answered, all or nothing."""

    def load(self, session_id: str, message_id: str | None = None) -> Dialog | None:
        """Return the dialog as last written, with one of its messages; None if the conversation is gone."""
        ...

    def unanswered(self, session_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return which messages of up to 100 conversations wait for an answer, in order."""
        ...

    def give_up(self, session_id: str, message_id: str) -> Dialog | None:
        """Let the bot go on without answering a message; None if there is nothing to give up any more.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(
        self,
        dialog: Dialog,
        utterances: Sequence[Utterance],
        state: DialogState,
        now: datetime,
        extras: TurnExtras | None = None,
    ) -> tuple[Message, ...]:
        """Store a turn once and return what the bot said.

        A turn somebody else committed meanwhile is left as it is and returned.

        Parameters
        ----------
        dialog
            What ``load`` returned; its message is the one that is answered, None for speaking first.
        utterances
            What the bot says, in order.
        state
            What it remembers from now on.
        now
            The time; messages are stamped with it, or later if the conversation is ahead of this clock.
        extras
            What else there is to store.

        Raises
        ------
        NotFoundError
            If the conversation is gone.
        UnavailableError
            If the store does not answer.
        """
        ...

    def spoken(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        """Return what the bot said to a message of its conversation, or when it spoke first."""
        ...


class Limiter(Protocol):
    """Counts requests, exactly."""

    def admit(self, policy: Policy, caller: str, now: datetime) -> Usage:
        """Count one request of the caller and say where that leaves it.

        Raises
        ------
        RateLimitedError
            If the window is full; then nothing is counted.
        UnavailableError
            If it cannot be counted.
        """
        ...


class MemoryStore(Protocol):
    """What bots remember from one conversation to another."""

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return what is remembered; None if nothing is.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def of(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        """Return up to ``limit`` of what all bots remember of a user, or fewer if they are large, in a fixed order.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        limit
            How many at most; always one, if there is one.
        after
            Begin behind this one, whether or not it is still there.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Remember values in place of what was, all or none.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...


class BotCatalogue(Protocol):
    """The published bots."""

    def get(self, bot_id: str) -> Bot:
        """Return a bot.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        ...

    def all(self) -> tuple[BotSummary, ...]:
        """Return all bots, by id."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """One open socket: a device of its owner.

    Attributes
    ----------
    owner
        ``Principal.owner``.
    connection_id
        API Gateway's id of the socket.
    session_id
        Bare id of the socket's own conversation: where messages go that name none.
    opened_at
        When ``$connect`` ran; the socket can be written to a little later.
    expires_at
        From when on it is told nothing: API Gateway will have closed it, or its credential has run out.
    """

    owner: str
    connection_id: str
    session_id: str
    opened_at: datetime
    expires_at: datetime


class WebhookSecrets(Protocol):
    """Who may call a bot's webhooks."""

    def with_secret(self, bot_id: str) -> tuple[Bot, str] | None:
        """Return a bot and the hash of its webhooks' secret, as it is now; None if there is no bot or it has none.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class WebhookScripts(Protocol):
    """The scripts behind webhooks."""

    def run(self, bot: Bot, call: WebhookCall) -> WebhookTurn:
        """Run the bot's script of that name. Nothing is remembered yet.

        Raises
        ------
        NotFoundError
            If the bot has no such webhook.
        InvalidRequestError
            If the delivery holds what no script could.
        ScriptFailedError
            If the script breaks, or its result is none.
        UnavailableError
            If it takes too long, or something it needs does not answer.
        """
        ...


class WebhookStore(Protocol):
    """What became of deliveries."""

    def answered(self, call: WebhookCall) -> WebhookAnswer | None:
        """Return what a delivery was answered with, None if it was not.

        Raises
        ------
        ConflictError
            If its name was given to another content.
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(self, call: WebhookCall, turn: WebhookTurn) -> WebhookAnswer:
        """Keep the answer and what is to be remembered, all or nothing, and return the answer.

        That of somebody else who was first stands, and is returned. What came without a name of its own is not known
        again, so its answer is not kept.

        Raises
        ------
        ConflictError
            If the delivery's name was given to another content.
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...


class ConnectionStore(Protocol):
    """The open sockets."""

    def add(self, connection: Connection) -> None:
        """Remember a socket."""
        ...

    def remove(self, owner: str, connection_id: str) -> None:
        """Forget a socket; forgetting it twice is nothing."""
        ...

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return one socket."""
        ...

    def of(self, owner: str) -> tuple[Connection, ...]:
        """Return the sockets of all devices of the owner."""
        ...


PARALLEL_DEVICES = 50
"""How many sockets are written to at once, and so how many connections a ``Gateway`` keeps."""


class Gateway(Protocol):
    """The way to an open socket."""

    def send(self, connection_id: str, frame: str) -> None:
        """Write one frame.

        Raises
        ------
        ConnectionGoneError
            If the socket is closed.
        UnavailableError
            If the gateway does not take it.
        """
        ...

    def close(self, connection_id: str) -> None:
        """Close the socket; closing a closed one is nothing."""
        ...


class WorkQueue(Protocol):
    """The way to the bots."""

    def put(self, work: Work) -> None:
        """Queue the work durably, behind what the same conversation already has.

        Raises
        ------
        UnavailableError
            If the queue does not take it; a retry is safe.
        """
        ...


class Receipts(Protocol):
    """What is to become of work that was handed out and not done."""

    def postpone(self, receipt: str, seconds: int) -> None:
        """Hand the work out again in so many seconds, and the rest of its conversation behind it.

        Raises
        ------
        UnavailableError
            If the queue does not answer; then it comes again by itself, later.
        """
        ...

    def bury(self, work: Work) -> None:
        """Put the work aside for an operator, once.

        Raises
        ------
        UnavailableError
            If it could not be kept.
        """
        ...


class ExpiryQueue(Protocol):
    """The way to notice that a visitor's conversation has ended, without anybody looking all the time."""

    def put(self, check: ExpiryCheck, *, seconds: int) -> None:
        """Have it checked in so many seconds, 900 at most (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not take it.
        """
        ...


class TellingQueue(Protocol):
    """The way to tell something later."""

    def put(self, telling: Telling, *, seconds: int) -> None:
        """Have the first of its parts told in so many seconds, 900 at most (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not take it.
        """
        ...


class Eraser(Protocol):
    """Removes what nobody may read any more, piece by piece."""

    def erase_messages(self, session_id: str) -> bool:
        """Remove some of the conversation's messages; tell whether all are gone."""
        ...

    def erase_conversation(self, session_id: str) -> None:
        """Remove the conversation itself, and what its bot remembers."""
        ...

    def erase_memories(self, owner: str) -> bool:
        """Remove some of what bots remember of an owner; tell whether all is gone."""
        ...

    def erase_traces(self, owner: str) -> None:
        """Remove what else is kept of an owner: counters and limits."""
        ...


class ErasureQueue(Protocol):
    """The way to finish an erasure that one invocation could not."""

    def put(self, erasure: Erasure) -> None:
        """Queue the rest of it.

        Raises
        ------
        UnavailableError
            If the queue does not take it; a retry is safe.
        """
        ...


class TokenVerifier(Protocol):
    """Whoever can tell a good token from a bad one."""

    def verify(self, token: str) -> Principal:
        """Return the user of a token.

        Raises
        ------
        UnauthorizedError
            If it does not verify.
        UnavailableError
            If the issuer's keys cannot be had.
        """
        ...
