"""Bot turns: from a queued job to what every connection is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from conversations.contract.server_frames import MessageFrame, ServerFrame, StoppedFrame, TypingFrame
from conversations.domain import ids
from conversations.domain.agent_run import build_interrupt
from conversations.domain.attempt import FIRST_ATTEMPT, Attempt
from conversations.domain.bot import AnswerSchema, Bot, DialogState
from conversations.domain.connection import Connection
from conversations.domain.conversation import GREETING_SEQ, Conversation
from conversations.domain.dialog import CommittedTurn, Dialog, TurnSideData
from conversations.domain.errors import ConversationsError, NotFoundError
from conversations.domain.jobs import AnswerJob, DeliverJob, GreetJob, TurnJob, WelcomeJob
from conversations.domain.memory import MemoryKey, build_memory_key
from conversations.domain.message import AnswerInput, Message, Suggestion, Utterance, limit_suggestions
from conversations.domain.turn import (
    AppendText,
    Pause,
    Redact,
    SaveState,
    SendMessage,
    SendSuggestions,
    SetMemory,
    Turn,
    TurnEvent,
    mint_messages,
)
from conversations.domain.turn_time import unlimited
from conversations.ports.bots import BotCatalogue, BotEngine
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore
from conversations.services.answer_stream import AnswerStream, StreamService
from conversations.services.fan_out import FanOut
from conversations.services.turn_delivery import NO_COPIES, Copies, TurnDelivery
from conversations.services.welcomes import WelcomeService


class UnknownEngineError(ConversationsError):
    """A bot names an engine that this deployment does not have."""


@dataclass(slots=True)
class TurnAccumulator:
    """The result of a turn, collected event by event.

    Attributes
    ----------
    utterances, state, memories
        What is to be stored.
    pauses
        Seconds to wait before an utterance, by its index.
    suggestions
        Quick replies without a message.
    redacted
        The content that replaces that of the user's message; None if it is stored as sent.
    expects
        The only answers that the bot accepts next; None if it accepts any text.
    input
        The kind of answer that the bot waits for.
    """

    bot_id: str
    owner: str
    state: DialogState
    utterances: list[Utterance] = field(default_factory=list)
    memories: dict[MemoryKey, JsonValue] = field(default_factory=dict)
    pauses: dict[int, float] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] | None = None
    redacted: str | None = None
    expects: AnswerSchema | None = None
    input: AnswerInput | None = None

    def apply(self, event: TurnEvent) -> None:
        """Add an event of the engine."""
        match event:
            case SendMessage():
                # The messages of every engine can be stored, sent and sent again.
                # safeguard: suggestions-limited
                suggestions = limit_suggestions(event.utterance.suggestions)
                self.utterances.append(event.utterance.model_copy(update={"suggestions": suggestions}))
            case AppendText():
                pass
            case Redact():
                self.redacted = event.content
            case SendSuggestions():
                self.suggestions = limit_suggestions(event.suggestions)
            case Pause():
                index = len(self.utterances)
                self.pauses[index] = self.pauses.get(index, 0) + event.seconds
            case SaveState():
                self.state, self.expects, self.input = event.state, event.expects, event.input
            case SetMemory():
                owner = self.owner if event.scope == "user" else None
                self.memories[build_memory_key(self.bot_id, event.name, owner)] = event.value

    def list_utterances(self) -> Sequence[Utterance]:
        """Return the messages of the turn; the last one has the input that the bot waits for."""
        if not self.utterances or self.input is None:
            return self.utterances
        # safeguard: input-last
        return [*self.utterances[:-1], self.utterances[-1].model_copy(update={"input": self.input})]

    def get_side_data(self) -> TurnSideData:
        """Return what is stored besides messages and state."""
        return TurnSideData(self.memories, min(self.get_pauses(), default=None), self.redacted, self.expects)

    def get_pauses(self) -> dict[int, float]:
        """Return the pauses that a message follows."""
        return {index: seconds for index, seconds in self.pauses.items() if index < len(self.utterances)}

    def redact(self, message: Message) -> Message:
        """Return the user's message as it is stored."""
        return message if self.redacted is None else message.model_copy(update={"content": self.redacted})


@dataclass(frozen=True, slots=True)
class TurnService:
    """Runs one job. Running it again stores nothing new and sends the same messages again.

    Attributes
    ----------
    announcements
        Announces what is sent before the bot has answered, with one try per frame.
    forget_turn
        Deletes what a turn has stored for its repetition, by the ids of the conversation and of the message that it
        answers (None for the greeting). A turn that still ran when its conversation was erased may have stored it
        afterwards.
    forwards
        Whether turns that wait are forwarded to the worker of their lane; that worker itself runs every turn.
    """

    turns: TurnStore
    messages: MessageStore
    bots: BotCatalogue
    engines: Mapping[str, Callable[[], BotEngine]]
    fan_out: FanOut
    announcements: FanOut
    streams: StreamService
    delivery: TurnDelivery
    welcomes: WelcomeService
    queue: TurnQueue
    forget_turn: Callable[[str, str | None], None]
    now: Clock
    forwards: bool

    def handle(
        self, job: TurnJob, time_left: Callable[[], float] = unlimited, attempt: Attempt = FIRST_ATTEMPT
    ) -> None:
        """Run a job. If its conversation is gone, forget its turn.

        Parameters
        ----------
        job
            The job.
        time_left
            Returns the seconds that the invocation has left for it.
        attempt
            This run of it.

        Raises
        ------
        ConversationsError
            If it failed and should be retried.
        """
        if isinstance(job, WelcomeJob):
            self.welcomes.welcome(job)
            return
        if isinstance(job, DeliverJob):
            self.delivery.deliver_stored(job)
            return
        message_id = job.message_id if isinstance(job, AnswerJob) else None
        dialog = self.turns.load(job.conversation_id, message_id)
        # safeguard: turn-gone
        if dialog is None or dialog.conversation.is_gone(self.now()):
            # safeguard: turn-forgotten-by-retry
            self.forget_turn(job.conversation_id, message_id)
            return
        # safeguard: turn-forwarded
        if self.forwards and self._waits(dialog):
            self._forward(dialog.conversation, job)
            return
        stream = self.streams.begin(dialog, attempt, time_left)
        match job:
            case GreetJob():
                self._greet(stream)
            case AnswerJob():
                self._answer(job, stream)

    def _waits(self, dialog: Dialog) -> bool:
        """Return whether there is a turn to run that belongs to the lane of turns that wait."""
        conversation = dialog.conversation
        return conversation.is_pending(dialog.replies_to) and (
            conversation.waits or self.bots.get(conversation.bot_id).waits
        )

    def _forward(self, conversation: Conversation, job: TurnJob) -> None:
        """Move a job of a conversation that was started before its bot began to wait, and further ones, to that lane.

        The change is stored before the first job is moved. So all later jobs of this queue are moved too, also by
        workers that still have the earlier version of the bot in their cache, and none runs beside an earlier one.
        """
        if not conversation.waits:
            # safeguard: forward-stored
            self.turns.set_waits(conversation.id)
        self.queue.put(job, waits=True)

    def _greet(self, stream: AnswerStream) -> None:
        conversation = stream.dialog.conversation
        if conversation.is_pending(GREETING_SEQ):
            self._run_turn(self._build_turn(stream), stream)
        else:
            # safeguard: greeting-redelivered
            greeting = self.turns.get_replies(conversation, None)
            connections = self.delivery.deliver(conversation, greeting, {})
            self._finish(stream, connections, CommittedTurn(conversation, greeting), stream.dialog.expects)

    def _answer(self, job: AnswerJob, stream: AnswerStream) -> None:
        conversation, message = stream.dialog.conversation, stream.dialog.message
        # Erased since it was queued.
        if message is None:
            return
        # safeguard: turn-redelivered
        if not conversation.is_pending(message.seq):
            # The turn may have redacted the message before the sender's connection knew it.
            # safeguard: redact-sender-redelivered
            copies = Copies([message])
            replies = self.turns.get_replies(conversation, message)
            connections = self.delivery.deliver(conversation, replies, {}, copies)
            self._finish(stream, connections, CommittedTurn(conversation, replies), stream.dialog.expects)
            self._end_stream(conversation, replies, stream)
        # safeguard: turn-order
        elif conversation.get_pending_before(message.id) and not job.in_order:
            self._requeue_in_order(conversation, job)
        else:
            # A message ends the pauses of the previous turn: its delayed messages come before the new turn's.
            self.delivery.flush(stream.dialog)
            self._answer_now(self._build_turn(stream), job, message, stream)

    def _announce(
        self, conversation: Conversation, job: AnswerJob, messages: Sequence[Message], *frames: ServerFrame
    ) -> None:
        """Send the messages to the owner's connections except to the sender's, and ``frames`` to all, once each."""
        copies = [MessageFrame.from_message(message) for message in messages]
        self.announcements.announce(conversation.owner, frames, copies=copies, origin=job.connection_id)

    def _get_copies(
        self, committed: CommittedTurn, job: AnswerJob, sent: Message, stored: Message, *, announced: bool
    ) -> Copies:
        """Return the user's message as it is stored, unless it was announced and an answer follows.

        A device that missed the announcement sees the gap before the answer. Without an answer it would not.
        """
        # safeguard: announced-again
        if announced and committed.messages:
            return NO_COPIES
        # The sender's client replaces a message that the bot has redacted.
        # safeguard: redact-sender
        return Copies([stored], origin=job.connection_id if stored == sent else None)

    def _requeue_in_order(self, conversation: Conversation, job: AnswerJob) -> None:
        """Queue the jobs of all earlier pending messages again, as some may never have been queued, then this one."""
        for message_id in conversation.get_pending_before(job.message_id):
            # safeguard: requeue-in-order
            earlier = AnswerJob(conversation_id=job.conversation_id, message_id=message_id, in_order=True)
            self.queue.put(earlier, waits=conversation.waits)
        # safeguard: requeue-last
        self.queue.put(job.model_copy(update={"in_order": True}), waits=conversation.waits)

    def _answer_now(self, turn: Turn, job: AnswerJob, message: Message, stream: AnswerStream) -> None:
        engine, announced = self._get_engine(turn.bot), False
        # A turn that uses no service takes a few milliseconds: what is shown before it would only delay its answer.
        if engine.may_wait(turn):
            # A possible secret is sent to the other connections only as it is stored, which the turn decides.
            # safeguard: redact-before-broadcast
            announced = not engine.may_redact(turn)
            typing = TypingFrame(session_id=ids.format_session_id(turn.conversation_id))
            self._announce(stream.dialog.conversation, job, [message] if announced else [], typing)
        self._run_turn(
            turn,
            stream,
            lambda committed, stored: self._get_copies(committed, job, message, stored, announced=announced),
        )

    def _build_turn(self, stream: AnswerStream) -> Turn:
        dialog = stream.dialog
        conversation, message = dialog.conversation, dialog.message
        return Turn(
            bot=self.bots.get(conversation.bot_id),
            conversation_id=conversation.id,
            message=message,
            state=dialog.state,
            history=lambda limit: self._get_history(conversation, limit),
            owner=conversation.owner,
            anonymous=conversation.anonymous,
            groups=(message or conversation).groups,
            now=conversation.created_at if message is None else message.timestamp,
            time_left=stream.time_left,
            is_stopped=lambda: stream.is_stopped,
        )

    def _get_engine(self, bot: Bot) -> BotEngine:
        engine = self.engines.get(bot.engine)
        if engine is None:
            raise UnknownEngineError(f"Bot {bot.id} has the unknown engine {bot.engine}.")
        return engine()

    def _run_turn(
        self, turn: Turn, stream: AnswerStream, get_copies: Callable[[CommittedTurn, Message], Copies] | None = None
    ) -> None:
        """Run the bot, store its messages, and deliver them, after what ``get_copies`` returns."""
        result = TurnAccumulator(turn.bot.id, turn.owner, turn.state)
        for event in self._get_engine(turn.bot).run(turn):
            result.apply(event)
            stream.apply(event)
        dialog, now = stream.dialog, self.now()
        # Devices show the messages of a stream under the ids that they are stored with.
        # safeguard: stream-keeps-ids
        time = stream.answer_time if stream.is_used else now
        minted = mint_messages(dialog.conversation, dialog.replies_to, result.list_utterances(), time)
        try:
            committed = self.turns.commit(dialog, minted, result.state, now, result.get_side_data())
        except NotFoundError:
            # The conversation was deleted after it was loaded, so there is no user to answer.
            # safeguard: turn-forgotten
            self.forget_turn(turn.conversation_id, None if turn.message is None else turn.message.id)
            return
        # The owner may have changed since the dialog was loaded.
        # safeguard: turn-sent-as-written
        conversation = committed.conversation
        copies = NO_COPIES
        if turn.message is not None and get_copies is not None:
            copies = get_copies(committed, result.redact(turn.message))
        connections = self.delivery.deliver(conversation, committed.messages, result.get_pauses(), copies)
        self._finish(stream, connections, committed, result.expects)
        answer_input = None if committed.messages else result.input
        if result.suggestions is not None or answer_input is not None:
            self.delivery.send_suggestions(conversation, result.suggestions or (), answer_input)
        self._end_stream(conversation, committed.messages, stream)

    def _finish(
        self,
        stream: AnswerStream,
        connections: Sequence[Connection],
        committed: CommittedTurn,
        expects: AnswerSchema | None,
    ) -> None:
        """End the runs of connections in the format of AG-UI; they do not wait for pauses of the bot."""
        last = committed.messages[-1] if committed.messages else stream.dialog.message
        interrupt = build_interrupt(expects, committed.conversation.last_seq, last)
        stream.finish(self.fan_out, connections, committed.messages, interrupt)

    def _end_stream(self, conversation: Conversation, messages: Sequence[Message], stream: AnswerStream) -> None:
        """Notify the devices of the end of an answer if they cannot know it from its messages."""
        # A run before this one may have been streamed.
        may_be_shown = stream.has_sent or stream.attempt > 1
        # safeguard: stream-end
        if stream.is_stopped or (may_be_shown and not messages):
            last_id = ids.format_message_id(messages[-1].id) if messages else None
            frame = StoppedFrame(session_id=ids.format_session_id(conversation.id), id=last_id)
            self.fan_out.send_to_owner(conversation.owner, [frame])

    def _get_history(self, conversation: Conversation, limit: int) -> Sequence[Message]:
        page = self.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=limit)
        if conversation.anonymous and len(page.items) < min(limit, conversation.last_seq):
            # A claim has moved the messages since the conversation was loaded.
            dialog = self.turns.load(conversation.id)
            # safeguard: history-claimed
            if dialog is not None and not dialog.conversation.anonymous:
                return self._get_history(dialog.conversation, limit)
        return page.items
