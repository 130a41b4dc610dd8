"""Retries of the bots' jobs: retry with backoff, then the dead-letter queue.

A poison message, which fails on every retry, must not block the messages after it in its conversation. A message whose
bot could not run, because a service or Lambda itself was unavailable, is never dead-lettered: it waits.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from conversations.contract.problems import UNANSWERED
from conversations.contract.server_frames import ErrorFrame, MessageFrame, StoppedFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.attempt import Attempt
from conversations.domain.connection import Connection
from conversations.domain.errors import DeadLetteredError, UnavailableError
from conversations.domain.jobs import AnswerJob, Delivery, GreetJob, TurnJob
from conversations.domain.turn import get_turn_id
from conversations.domain.turn_time import unlimited
from conversations.ports.clock import Clock
from conversations.ports.queues import RetryControl, TryCounter
from conversations.ports.turns import TurnStore
from conversations.services.agent_delivery import AgentDelivery
from conversations.services.fan_out import FanOut
from conversations.services.turns import TurnService

MAX_TRIES = 5
"""How often a job is tried that fails by itself."""

MAX_GREETING_TRIES = 2
"""How often a greeting is tried: no client waits for a greeting, but the next message waits until it is done."""

MAX_CRASHES = 10
"""How often in a row the function may crash in a job. The first delivery of a job is not counted if it crashes."""

BACKOFF_SECONDS = (1, 2, 4, 8)
"""Backoff after a failure, try by try. It is set as the job's visibility timeout, so the later jobs of the conversation
wait too."""

MAX_OUTAGE_BACKOFF_SECONDS = 15 * 60
"""Longest backoff while a service is unavailable, and so the longest wait after its return."""


@dataclass(frozen=True, slots=True)
class RetryService:
    """Runs jobs and decides between a retry and the dead-letter queue.

    A job that succeeds at its first delivery costs nothing more. Otherwise its tries are counted: before the bot runs
    from the second delivery on, so that a crash counts, and after a failure of the first.
    """

    turn_service: TurnService
    turns: TurnStore
    fan_out: FanOut
    retry_control: RetryControl
    try_counter: TryCounter
    now: Clock

    def run(self, job: TurnJob, delivery: Delivery, time_left: Callable[[], float] = unlimited) -> None:
        """Run the job; on failure schedule a retry, or after the last try move it to the dead-letter queue.

        Parameters
        ----------
        job
            The job.
        delivery
            This delivery of it.
        time_left
            Returns the seconds that the invocation has left for it.

        Raises
        ------
        DeadLetteredError
            If there will be no retry: the job is in the dead-letter queue, the user has been notified, and the next
            message will be answered. The queue may delete the job.
        UnavailableError
            If a service does not respond. The queue will deliver the job again, however long that lasts.
        Exception
            The error of the job; the queue will deliver it again.
        """
        try:
            self._try(job, delivery, time_left)
        except UnavailableError:
            # safeguard: outage-backoff
            self._delay(delivery, self._get_outage_backoff(delivery))
            raise

    def _try(self, job: TurnJob, delivery: Delivery, time_left: Callable[[], float]) -> None:
        # safeguard: tries-counted
        tries = self.try_counter.count(delivery) if delivery.receives > 1 else 0
        # safeguard: dead-letter-crash
        if tries > MAX_CRASHES:
            self._dead_letter(job)
            raise DeadLetteredError("The function crashed on every try.")
        try:
            self.turn_service.handle(job, time_left, Attempt(delivery.receives, delivery.first_received_at))
        except UnavailableError:
            self._forget_tries(delivery, tries)
            raise
        except Exception as error:
            self._fail(job, delivery, tries or self.try_counter.count(delivery), error)
            raise

    def _forget_tries(self, delivery: Delivery, tries: int) -> None:
        """Forget the tries so far, because only a crash or a failure of the job may count."""
        if tries:
            with suppress(UnavailableError):
                # safeguard: outage-not-counted
                self.try_counter.reset(delivery)

    def _fail(self, job: TurnJob, delivery: Delivery, tries: int, error: Exception) -> None:
        """Schedule a retry of a job that failed, or raise ``DeadLetteredError`` after the last one."""
        if tries >= (MAX_GREETING_TRIES if isinstance(job, GreetJob) else MAX_TRIES):
            self._dead_letter(job)
            raise DeadLetteredError("The job failed on every try.") from error
        # safeguard: retry-backoff
        self._delay(delivery, BACKOFF_SECONDS[tries - 1])

    def _delay(self, delivery: Delivery, seconds: int) -> None:
        # safeguard: retry-backoff-unavailable
        with suppress(UnavailableError):
            self.retry_control.delay_retry(delivery.receipt, seconds)

    def _get_outage_backoff(self, delivery: Delivery) -> int:
        """Return half of the time that the job has been failing, so that a short outage causes a short wait."""
        waited = (self.now() - delivery.first_received_at).total_seconds()
        return int(min(max(waited / 2, 1), MAX_OUTAGE_BACKOFF_SECONDS))

    def _dead_letter(self, job: TurnJob) -> None:
        """Move the job to the dead-letter queue first: if the function crashes after that, the next try repeats it."""
        if isinstance(job, GreetJob):
            self.retry_control.send_to_dead_letter_queue(job)
            self._end_greeting(job)
        elif not isinstance(job, AnswerJob):
            self.retry_control.send_to_dead_letter_queue(job)
        elif self._is_pending(job):
            # safeguard: dead-letter-stored
            self.retry_control.send_to_dead_letter_queue(job)
            self._skip_message(job)

    def _end_greeting(self, job: GreetJob) -> None:
        """Notify the owner's devices, which may show the beginning of the greeting, of its end."""
        dialog = self.turns.load(job.conversation_id)
        if dialog is not None:
            # safeguard: dead-letter-greeting
            frame = StoppedFrame(session_id=ids.format_session_id(job.conversation_id))
            connections = self.fan_out.send_to_owner(dialog.conversation.owner, [frame])
            self._fail_runs(job.conversation_id, None, connections)

    def _is_pending(self, job: AnswerJob) -> bool:
        """Return whether the message still has no answer; only the delivery of its answer may have failed."""
        dialog = self.turns.load(job.conversation_id, job.message_id)
        if dialog is None or dialog.message is None:
            return False
        return dialog.conversation.is_pending(dialog.message.seq)

    def _skip_message(self, job: AnswerJob) -> None:
        """Mark the message as failed and notify its owner."""
        # safeguard: dead-letter-skips
        dialog = self.turns.mark_failed(job.conversation_id, job.message_id)
        if dialog is None or dialog.message is None:
            return
        frame = ErrorFrame(
            error=DeadLetteredError.code,
            message=UNANSWERED,
            session_id=ids.format_session_id(job.conversation_id),
            client_message_id=dialog.message.client_message_id,
            message_id=ids.format_message_id(job.message_id),
        )
        # No answer will show a device that it missed the announcement of the message.
        # safeguard: dead-letter-shows
        frames = [MessageFrame.from_message(dialog.message), frame]
        # safeguard: dead-letter-notifies
        connections = self.fan_out.send_to_owner(dialog.conversation.owner, frames)
        self._fail_runs(job.conversation_id, job.message_id, connections)

    def _fail_runs(self, conversation_id: str, message_id: str | None, connections: Sequence[Connection]) -> None:
        """Notify connections in the format of AG-UI that there will be no answer."""
        delivery = AgentDelivery(get_turn_id(conversation_id, message_id), "turn")
        delivery.fail(self.fan_out, connections, DeadLetteredError.code, UNANSWERED)
