"""The bots' turns: from a piece of queued work to what every device sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from conversations.contract.server_frames import ConnectedFrame, MessageFrame, ServerFrame, TypingFrame
from conversations.domain import ids, visitor_token
from conversations.domain.bot import Bot, DialogState
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.errors import ConversationsError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob, WelcomeJob
from conversations.domain.memory import MemoryKey, build_memory_key
from conversations.domain.message import Message, Suggestion, Utterance
from conversations.domain.secrets import hash_secret
from conversations.domain.turn import Pause, Redact, SaveState, SendMessage, SendSuggestions, SetMemory, Turn, TurnEvent
from conversations.ports.bots import BotCatalogue, BotEngine
from conversations.ports.clock import Clock
from conversations.ports.conversations import VisitorTokenStore
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore
from conversations.services.fan_out import FanOut
from conversations.services.turn_delivery import TurnDelivery

GREETING_SEQ = 0
"""What the greeting of a conversation answers: the place before its first message."""


class UnknownEngineError(ConversationsError):
    """A bot names an engine this deployment does not have."""


@dataclass(slots=True)
class TurnAccumulator:
    """A turn, event by event.

    Attributes
    ----------
    utterances, state, memories
        What is to be stored.
    pauses
        Seconds to wait before the utterance at a place.
    offered
        Quick replies that came without a message.
    redacted
        What the user's message is kept as, if not as it was.
    """

    bot_id: str
    owner: str
    state: DialogState
    utterances: list[Utterance] = field(default_factory=list)
    memories: dict[MemoryKey, JsonValue] = field(default_factory=dict)
    pauses: dict[int, float] = field(default_factory=dict)
    offered: tuple[Suggestion, ...] | None = None
    redacted: str | None = None

    def take(self, event: TurnEvent) -> None:
        match event:
            case SendMessage():
                self.utterances.append(event.utterance)
            case Redact():
                self.redacted = event.content
            case SendSuggestions():
                self.offered = event.suggestions
            case Pause():
                place = len(self.utterances)
                self.pauses[place] = self.pauses.get(place, 0) + event.seconds
            case SaveState():
                self.state = event.state
            case SetMemory():
                owner = self.owner if event.scope == "user" else None
                self.memories[build_memory_key(self.bot_id, event.name, owner)] = event.value

    def extras(self) -> TurnSideData:
        """Return what is stored besides messages and state; a pause that nothing follows is none."""
        self.pauses = {place: seconds for place, seconds in self.pauses.items() if place < len(self.utterances)}
        return TurnSideData(self.memories, min(self.pauses, default=None), self.redacted)

    def heard(self, message: Message) -> Message:
        """Return the user's message as it is kept."""
        return message if self.redacted is None else message.model_copy(update={"content": self.redacted})


@dataclass(frozen=True, slots=True)
class TurnService:
    """Runs one piece of work. Running it again changes nothing and only tells the devices once more."""

    turns: TurnStore
    messages: MessageStore
    visitors: VisitorTokenStore
    bots: BotCatalogue
    engines: Mapping[str, Callable[[], BotEngine]]
    fan_out: FanOut
    delivery: TurnDelivery
    queue: TurnQueue
    now: Clock

    def handle(self, work: TurnJob) -> None:
        """Do what the work asks for.

        Work of a conversation that is gone is done: there is nobody to answer.

        Raises
        ------
        ConversationsError
            If it could not be done and should be tried again.
        """
        dialog = self.turns.load(work.session_id, work.message_id if isinstance(work, AnswerJob) else None)
        if dialog is None or dialog.conversation.is_gone(self.now()):
            return
        match work:
            case WelcomeJob():
                self._welcome(dialog.conversation, work)
            case GreetJob():
                if dialog.conversation.is_pending(GREETING_SEQ):
                    self._take_turn(dialog, self._turn_of(dialog))
            case AnswerJob():
                self._answer(dialog, work)

    def _welcome(self, conversation: Conversation, work: WelcomeJob) -> None:
        if conversation.is_pending(GREETING_SEQ):
            # Work of its own, so that a bot that cannot speak first keeps no socket from being welcomed; and queued
            # before anybody can say anything, so that the bot does speak first.
            self.queue.put(GreetJob(session_id=conversation.id))
        token = expires_in = None
        if conversation.expires_at is not None:
            # Made here and not at $connect, so that nothing but its hash is ever written down.
            token = visitor_token.make(conversation.id)
            self.visitors.add_token(conversation.id, hash_secret(token), kept=work.token_hash)
            expires_in = int((conversation.expires_at - self.now()).total_seconds())
        frame = ConnectedFrame.from_conversation(conversation, session_token=token, expires_in=expires_in)
        self.fan_out.send_to_opening_connection(conversation.owner, work.connection_id, frame)

    def _answer(self, dialog: Dialog, work: AnswerJob) -> None:
        conversation, message = dialog.conversation, dialog.message
        # Erased meanwhile: there is nothing left to answer.
        if message is None:
            return
        if not conversation.is_pending(message.seq):
            self._show(conversation, work, [message])
            self.delivery.deliver(conversation, self.turns.get_replies(conversation, message), {})
        elif conversation.get_pending_before(message.id) and not work.in_order:
            self._step_back(conversation, work)
        else:
            # Who writes waits for nothing any more, and what was said before is seen before.
            self.delivery.flush(dialog)
            self._answer_now(dialog, work, message)

    def _show(
        self, conversation: Conversation, work: AnswerJob, messages: Sequence[Message], *frames: ServerFrame
    ) -> None:
        """Show the user's messages to the other devices, and ``frames`` to all."""
        copies = [MessageFrame.from_message(message) for message in messages]
        self.fan_out.send_to_owner(conversation.owner, frames, copies=copies, origin=work.connection_id)

    def _step_back(self, conversation: Conversation, work: AnswerJob) -> None:
        """Let earlier messages go first, whether or not they were queued: all of them anew, and then this one."""
        for message_id in conversation.get_pending_before(work.message_id):
            self.queue.put(AnswerJob(session_id=work.session_id, message_id=message_id, in_order=True))
        self.queue.put(work.model_copy(update={"in_order": True}))

    def _answer_now(self, dialog: Dialog, work: AnswerJob, message: Message) -> None:
        turn = self._turn_of(dialog)
        typing = TypingFrame(session_id=ids.format_session_id(turn.session_id))
        if not self._engine_of(turn.bot).may_redact(turn):
            self._show(dialog.conversation, work, [message], typing)
            self._take_turn(dialog, turn)
        else:
            # What may be a secret is shown to the other devices when it is known how it is kept.
            self._show(dialog.conversation, work, [], typing)
            self._take_turn(dialog, turn, lambda kept: self._show(dialog.conversation, work, [kept]))

    def _turn_of(self, dialog: Dialog) -> Turn:
        conversation, message = dialog.conversation, dialog.message
        return Turn(
            bot=self.bots.get(conversation.bot_id),
            session_id=conversation.id,
            message=message,
            state=dialog.state,
            history=lambda limit: self._history(conversation, limit),
            owner=conversation.owner,
            anonymous=conversation.anonymous,
            groups=(message or conversation).groups,
            now=conversation.created_at if message is None else message.timestamp,
        )

    def _engine_of(self, bot: Bot) -> BotEngine:
        engine = self.engines.get(bot.engine)
        if engine is None:
            raise UnknownEngineError(f"bot {bot.id} wants the engine {bot.engine}")
        return engine()

    def _take_turn(self, dialog: Dialog, turn: Turn, show: Callable[[Message], None] | None = None) -> None:
        """Run the bot, store what it said and tell it; before that, ``show`` the user's message as it is kept."""
        taken = TurnAccumulator(turn.bot.id, turn.owner, turn.state)
        for event in self._engine_of(turn.bot).run(turn):
            taken.take(event)
        spoken = self.turns.commit(dialog, taken.utterances, taken.state, self.now(), taken.extras())
        if turn.message is not None and show is not None:
            show(taken.heard(turn.message))
        self.delivery.deliver(dialog.conversation, spoken, taken.pauses)
        if taken.offered is not None:
            self.delivery.send_suggestions(dialog.conversation, taken.offered)

    def _history(self, conversation: Conversation, limit: int) -> Sequence[Message]:
        return self.messages.page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=limit).items
