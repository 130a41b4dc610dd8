"""Bot turns: from a queued job to what every connection is sent."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from conversations.contract.server_frames import MessageFrame, ServerFrame, StoppedFrame, TypingFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_run import build_interrupt
from conversations.domain.attempt import FIRST_ATTEMPT, Attempt
from conversations.domain.bot import AnswerSchema, Bot
from conversations.domain.connection import Connection
from conversations.domain.conversation import GREETING_SEQ, Conversation, build_queued_mark
from conversations.domain.dialog import CommittedTurn, Dialog
from conversations.domain.errors import ConversationsError, NotFoundError, UnavailableError
from conversations.domain.jobs import AnswerJob, DeliverJob, GreetJob, TurnJob, WelcomeJob
from conversations.domain.message import Message
from conversations.domain.turn import Turn, build_turn, mint_messages
from conversations.domain.turn_time import unlimited
from conversations.ports.bots import BotCatalogue, BotEngine
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore
from conversations.services.answer_stream import AnswerStream, StreamService
from conversations.services.fan_out import FanOut
from conversations.services.turn_delivery import NO_COPIES, Copies, TurnDelivery
from conversations.services.turn_result import TurnAccumulator
from conversations.services.welcomes import WelcomeService


class UnknownEngineError(ConversationsError):
    """A bot names an engine that this deployment does not have."""


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
            self._end_delivery(conversation, None)

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
            self._end_delivery(conversation, message)
        # safeguard: turn-order
        elif conversation.get_pending_before(message.id) and not job.in_order:
            self._requeue_in_order(conversation, job)
        else:
            # A message ends the pauses of the previous turn: its delayed messages come before the new turn's.
            self.delivery.flush(stream.dialog)
            self._flush_inline_turn(conversation)
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

    def _flush_inline_turn(self, conversation: Conversation) -> None:
        """Deliver the turn before, if a function that sent its message may still be delivering it, or has crashed.

        Its devices would receive it after the answer of this turn.
        """
        dialog = None
        # safeguard: inline-flushed
        if conversation.inline_message_id is not None:
            dialog = self.turns.load(conversation.id, conversation.inline_message_id)
        if dialog is not None and dialog.message is not None:
            replies = self.turns.get_replies(dialog.conversation, dialog.message)
            self.delivery.deliver(dialog.conversation, replies, {}, Copies([dialog.message]))

    def _end_delivery(self, conversation: Conversation, message: Message | None) -> None:
        """Store that the messages of a turn have been sent, so that the next turn may run inline."""
        message_id = None if message is None else message.id
        mark = conversation.undelivered
        if mark is not None and mark in (message_id, build_queued_mark(message_id)):
            # If it fails, the next turn is queued too.
            with suppress(UnavailableError):
                self.turns.end_delivery(conversation.id, mark)

    def _build_turn(self, stream: AnswerStream) -> Turn:
        conversation = stream.dialog.conversation
        return build_turn(
            self.bots.get(conversation.bot_id),
            stream.dialog,
            history=lambda limit: self._get_history(conversation, limit),
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
        engine, result = self._get_engine(turn.bot), TurnAccumulator(turn.bot.id, turn.owner, turn.state)
        is_pure = engine.is_pure(turn.bot, turn.state)
        for event in engine.run(turn):
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
        # The turns of other bots never run inline.
        if is_pure:
            self._end_delivery(conversation, turn.message)

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
