"""Runs of agents: the conversation of a client's thread, its messages, and answers to interrupts."""

from collections.abc import Callable
from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_run import (
    INTERRUPT_PREFIX,
    AgentInput,
    AgentMessage,
    Interrupt,
    Thread,
    build_interrupt,
)
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError, InvalidRequestError, NotFoundError, UnavailableError
from conversations.domain.message import Draft, Message
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore
from conversations.ports.threads import ThreadStore
from conversations.ports.turns import TurnStore
from conversations.services.conversations import ConversationService
from conversations.services.messages import MessageService

_STARTING = timedelta(minutes=1)
"""How long the conversation of a new thread may not be stored yet. Later, a missing one has been deleted."""

_MAX_RACES = 3


@dataclass(frozen=True, slots=True)
class AgentRun:
    """A run that has begun.

    Attributes
    ----------
    conversation_id
        Bare id of the conversation.
    message_id
        Bare id of the user's message; None if the bot greets.
    sent_at
        When the message was stored, or the conversation was started; before this request if it is a repetition.
    """

    conversation_id: str
    message_id: str | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRunService:
    """Begins runs, and describes how they end.

    ``new_id`` returns a new conversation id.
    """

    threads: ThreadStore
    conversations: ConversationStore
    stored_messages: MessageStore
    turns: TurnStore
    starts: ConversationService
    messages: MessageService
    now: Clock
    new_id: Callable[[datetime], str]

    def begin(self, principal: Principal, run: AgentInput) -> AgentRun | None:
        """Send what is new; the first run of a thread starts its conversation.

        Returns
        -------
        AgentRun | None
            The run; None if there is nothing new to send.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such bot or conversation.
        InvalidRequestError
            If the conversation that the thread names has another bot.
        ConflictError
            If the interrupt has been answered, or as ``MessageService.send`` does.
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        conversation_id, exists = self._find_conversation(principal, run)
        if run.interrupt_id is not None and run.message is not None:
            if not exists:
                raise NotFoundError("The thread has no interrupt.")
            self._require_pending(principal, conversation_id, run.interrupt_id, run.message.key)
        elif not exists:
            try:
                return self._start(principal, run, conversation_id)
            except ConflictError:
                # Another request of the same thread has started it meanwhile.
                # safeguard: thread-started
                if self.conversations.get(conversation_id) is None:
                    raise
        return None if run.message is None else self._send(principal, conversation_id, run.message)

    def find_interrupt(self, conversation_id: str, last: Message) -> Interrupt | None:
        """Return what the bot waits for, None if it accepts any message.

        Parameters
        ----------
        conversation_id
            Bare id of the conversation.
        last
            The last message of the run. If another message follows it, there is nothing to answer.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        dialog = self.turns.load(conversation_id)
        return None if dialog is None else build_interrupt(dialog.expects, dialog.conversation.last_seq, last)

    def _find_conversation(self, principal: Principal, run: AgentInput) -> tuple[str, bool]:
        """Return the conversation of the thread, and whether it is stored already; a visitor has only one."""
        if principal.conversation_id is not None:
            self._require_bot(self.starts.get(principal, principal.conversation_id), run)
            return principal.conversation_id, True
        if run.thread_id.startswith(ids.CONVERSATION_PREFIXES):
            conversation_id = ids.parse_conversation_id(run.thread_id, field="threadId")
            self._require_bot(self.starts.get(principal, conversation_id), run)
            return conversation_id, True
        key = (principal.owner, run.bot_id, run.hash_thread())
        thread = self.threads.get(*key)
        for _ in range(_MAX_RACES):
            if thread is not None:
                conversation = self.conversations.get(thread.conversation_id)
                if conversation is not None and not conversation.deleted:
                    return thread.conversation_id, True
                # The id of a deleted conversation is never used again: its erasure may still be under way.
                # safeguard: thread-deleted
                if conversation is None and thread.began_at > self.now() - _STARTING:
                    return thread.conversation_id, False
            new = Thread(self.new_id(self.now()), self.now())
            thread = self.threads.put(*key, new, before=thread)
        raise UnavailableError

    @staticmethod
    def _require_bot(conversation: Conversation, run: AgentInput) -> None:
        if conversation.bot_id != run.bot_id:
            raise InvalidRequestError("threadId: the conversation is with another bot.", field="threadId")

    def _start(self, principal: Principal, run: AgentInput, conversation_id: str) -> AgentRun:
        started = self.starts.start(
            principal,
            bot_id=run.bot_id,
            initial_message=None if run.message is None else run.message.text,
            client_message_id=None if run.message is None else run.message.key,
            conversation_id=conversation_id,
        )
        return AgentRun(started.id, next(iter(started.pending_message_ids), None), started.created_at)

    def _send(self, principal: Principal, conversation_id: str, message: AgentMessage) -> AgentRun:
        draft = Draft.model_construct(content=message.text, attachments=(), client_message_id=message.key)
        sent = self.messages.send(principal, conversation_id, draft)
        return AgentRun(conversation_id, sent.id, sent.timestamp)

    def _require_pending(self, principal: Principal, conversation_id: str, interrupt_id: str, key: str) -> None:
        """Refuse an answer to a question that was answered already, unless this is the same answer again.

        Raises
        ------
        ConflictError, InvalidRequestError
            If the interrupt is not the current one, or its id is invalid.
        """
        asked_id = ids.parse_message_id(f"msg-{interrupt_id.removeprefix(INTERRUPT_PREFIX)}", field="resume")
        conversation = self.starts.get(principal, conversation_id)
        if conversation.last_seq == ids.get_seq(asked_id):
            return
        following = self.stored_messages.get_page(
            conversation, first=ids.get_next_id(asked_id), last=ids.LAST_ID, newest=False, limit=1
        )
        # safeguard: interrupt-answered
        if [message.client_message_id for message in following.items] != [key]:
            raise ConflictError("The interrupt has been answered already.")
