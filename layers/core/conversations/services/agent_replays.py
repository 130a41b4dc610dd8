"""Replay of a stored answer to a connection in the format of AG-UI."""

import json
from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from conversations.contract.ag_ui.chunks import AgentAnswer, name_message
from conversations.contract.ag_ui.events import Event, describe_end
from conversations.contract.problems import UNANSWERED
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_link import RunReference
from conversations.domain.agent_run import build_interrupt
from conversations.domain.connection import Connection
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog
from conversations.domain.errors import DeadLetteredError, NotFoundError
from conversations.domain.message import Message, Sender
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.turns import TurnStore
from conversations.services.agent_delivery import AgentDelivery, get_followed
from conversations.services.fan_out import FanOut

_MAX_SNAPSHOT_MESSAGES = 100
_MAX_SNAPSHOT_BYTES = 100 * 1024
"""A frame has at most 128 KB."""


@dataclass(frozen=True, slots=True)
class AgentReplayService:
    """Sends connections the answers that were stored before they followed the run."""

    turns: TurnStore
    messages: MessageStore
    fan_out: FanOut
    now: Clock

    def replay(self, connection: Connection) -> None:
        """Send the answer of the run that a connection follows, from its position on; nothing if it is not stored yet.

        The connection is stored before that is looked up. So either the answer is found here, or the turn finds the
        connection when it has stored the answer.

        Raises
        ------
        UnavailableError
            If a service does not respond. A retry is safe.
        """
        followed = get_followed(connection)
        if followed is None:
            return
        run = followed.run
        dialog = self.turns.load(run.conversation_id, run.message_id)
        if dialog is None or not self._has_access(connection, dialog, run.message_id):
            self._fail(connection, run, NotFoundError.code, "The conversation does not exist.")
        elif run.message_id in dialog.conversation.failed_message_ids:
            self._fail(connection, run, DeadLetteredError.code, UNANSWERED)
        elif not dialog.conversation.is_pending(dialog.replies_to):
            self._send(connection, dialog, run.turn_id)

    def _fail(self, connection: Connection, run: RunReference, code: str, message: str) -> None:
        AgentDelivery(run.turn_id, "replay").fail(self.fan_out, [connection], code, message)

    def _has_access(self, connection: Connection, dialog: Dialog, message_id: str | None) -> bool:
        conversation = dialog.conversation
        is_erased = message_id is not None and dialog.message is None
        # safeguard: run-owner
        return conversation.owner == connection.owner and not conversation.is_gone(self.now()) and not is_erased

    def _send(self, connection: Connection, dialog: Dialog, turn_id: str) -> None:
        conversation = dialog.conversation
        replies = self.turns.get_replies(conversation, dialog.message)
        interrupt = build_interrupt(dialog.expects, conversation.last_seq, replies[-1] if replies else dialog.message)
        answer = AgentAnswer(tuple(each.content for each in replies), end=describe_end(replies, interrupt))
        delivery = AgentDelivery(turn_id, "replay", lambda: self._build_snapshot(conversation))
        delivery.send(self.fan_out, [connection], answer)

    def _build_snapshot(self, conversation: Conversation) -> Event:
        page = self.messages.read_messages(
            conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=_MAX_SNAPSHOT_MESSAGES
        )
        messages = _build_messages(page.items)
        while len(json.dumps(messages)) > _MAX_SNAPSHOT_BYTES:
            messages = messages[1:]
        return {"type": "MESSAGES_SNAPSHOT", "messages": messages}


def _build_messages(messages: Sequence[Message]) -> list[JsonValue]:
    """Return messages under the names that the client knows them by."""
    built: list[JsonValue] = []
    counts: Counter[int] = Counter()
    for message in messages:
        if message.sender is Sender.BOT:
            name = _name_bot_message(message, counts)
            built.append({"id": name, "role": "assistant", "content": message.content})
        else:
            name = message.client_message_id or ids.format_message_id(message.id)
            built.append({"id": name, "role": "user", "content": message.content})
    return built


def _name_bot_message(message: Message, counts: Counter[int]) -> str:
    if message.answers is None:
        # No run has shown it.
        return ids.format_message_id(message.id)
    name = name_message(message.conversation_id, message.answers, counts[message.answers])
    counts[message.answers] += 1
    return name
