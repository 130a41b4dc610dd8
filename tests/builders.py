"""Builders of test data: each takes the values that matter to a test and has defaults for the others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from conversations.domain import ids, principal
from conversations.domain.bot import Bot, DialogState
from conversations.domain.connection import Connection
from conversations.domain.conversation import NOT_GREETED, Conversation, ConversationStatus, get_visitor_expiry
from conversations.domain.jobs import Delivery
from conversations.domain.message import Attachment, Draft, Message, Sender, Suggestion, Utterance
from conversations.domain.principal import Principal
from conversations.domain.turn import Turn

MORNING = datetime(2024, 1, 15, 10, 0, tzinfo=UTC)
"""The time at which most tests start."""

BEFORE_MORNING = MORNING - timedelta(milliseconds=1)
"""When conversations begin, so that their first message can be of ``MORNING``."""

FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def a_user(subject: str = "ada", *groups: str, expires_at: datetime = FAR_FUTURE) -> Principal:
    """Return a signed-in user with these groups."""
    return principal.user_principal(subject, expires_at, frozenset(groups))


def a_conversation_id(now: datetime = MORNING) -> str:
    """Return a new bare conversation id."""
    return ids.new_conversation_id(now)


def a_visitor(conversation_id: str | None = None) -> Principal:
    """Return an anonymous visitor."""
    return principal.visitor_principal(conversation_id or a_conversation_id())


def a_visitor_token(conversation_id: str) -> str:
    """Return a visitor token of the conversation, the same at every call."""
    return f"{conversation_id}.{'s' * 43}"


def a_conversation(  # noqa: PLR0913 - each parameter matters to some tests
    owner: Principal | None = None,
    *,
    conversation_id: str | None = None,
    bot_id: str = "default",
    status: ConversationStatus = ConversationStatus.ACTIVE,
    last_activity: datetime = BEFORE_MORNING,
    answered_seq: int = NOT_GREETED,
) -> Conversation:
    """Return a conversation without messages; a visitor's expires half an hour after ``last_activity``."""
    caller = owner or a_user()
    return Conversation(
        id=conversation_id or caller.conversation_id or a_conversation_id(last_activity),
        owner=caller.owner,
        bot_id=bot_id,
        bot_name=bot_id.title(),
        status=status,
        created_at=last_activity,
        updated_at=last_activity,
        last_activity=last_activity,
        answered_seq=answered_seq,
        expires_at=get_visitor_expiry(last_activity) if caller.anonymous else None,
        groups=caller.groups,
    )


def a_draft(content: str = "Hello", *, client_message_id: str | None = None, attachments: int = 0) -> Draft:
    """Return a draft with that many attachments."""
    return Draft(
        content=content,
        client_message_id=client_message_id,
        attachments=tuple(an_attachment(f"{number}.png") for number in range(attachments)),
    )


def an_attachment(name: str = "cat.png") -> Attachment:
    """Return a link to a picture."""
    return Attachment(name=name, content_type="image/png", url=f"https://files.example/{name}")


def a_message(  # noqa: PLR0913 - as above
    conversation_id: str,
    *,
    seq: int = 1,
    content: str = "Hello",
    sender: Sender = Sender.USER,
    timestamp: datetime = MORNING,
    client_message_id: str | None = None,
) -> Message:
    """Return a stored message."""
    return Message(
        id=ids.new_message_id(timestamp, seq),
        conversation_id=conversation_id,
        seq=seq,
        sender=sender,
        content=content,
        timestamp=timestamp,
        client_message_id=client_message_id,
    )


def an_utterance(content: str = "Hi! How can I help you?", *suggestions: str) -> Utterance:
    """Return a bot's message with quick replies that send their labels."""
    return Utterance(content=content, suggestions=tuple(Suggestion(text=text, value=text) for text in suggestions))


def a_bot(
    bot_id: str = "default",
    *,
    name: str = "General Bot",
    engine: str = "scripted",
    program: Mapping[str, JsonValue] | None = None,
    access: Literal["public", "users"] | tuple[str, ...] = "public",
) -> Bot:
    """Return a published bot."""
    return Bot(id=bot_id, name=name, engine=engine, program=dict(program or {}), access=access)


def a_turn(
    bot: Bot, message: Message | None = None, state: DialogState | None = None, owner: Principal | None = None
) -> Turn:
    """Return a turn in a conversation without a history; without a message it is the greeting turn."""
    caller = owner or a_user()
    conversation_id = caller.conversation_id or a_conversation_id()
    return Turn(
        bot=bot,
        conversation_id=conversation_id if message is None else message.conversation_id,
        message=message,
        state=state or {},
        history=lambda _limit: (),
        owner=caller.owner,
        anonymous=caller.anonymous,
        groups=caller.groups if message is None else message.groups,
        now=MORNING if message is None else message.timestamp,
    )


def a_socket(  # noqa: PLR0913 - as above
    owner: Principal,
    connection_id: str = "phone",
    *,
    conversation_id: str | None = None,
    opened_at: datetime = MORNING - timedelta(minutes=5),
    expires_at: datetime = FAR_FUTURE,
    streams: bool = False,
    suggestions_in_messages: bool = False,
) -> Connection:
    """Return a connection that has been open for a while."""
    return Connection(
        owner=owner.owner,
        connection_id=connection_id,
        conversation_id=conversation_id or owner.conversation_id or a_conversation_id(),
        opened_at=opened_at,
        expires_at=expires_at,
        streams=streams,
        suggestions_in_messages=suggestions_in_messages,
    )


def a_delivery(receives: int = 1, *, job_id: str = "job", first_received_at: datetime = MORNING) -> Delivery:
    """Return a delivery of a job."""
    return Delivery(job_id, "receipt", receives, first_received_at)


def a_rule_bot(bot_id: str, name: str) -> Bot:
    """Return a rule bot with a greeting and a rule for hello."""
    program: dict[str, JsonValue] = {
        "greeting": {"say": ["Welcome."]},
        "rules": [
            {"patterns": ["hello"], "say": ["Hi! How can I help you?"], "suggestions": ["What does it cost?"]},
            {"patterns": ["what does it cost"], "say": ["Nothing.", "Really nothing."]},
        ],
        "fallback": {"say": ["Pardon?"]},
    }
    return a_bot(bot_id, name=name, engine="rules", program=program)
