"""Retries of the bots' jobs: retry with backoff, then the dead-letter queue.

A poison message, which fails on every retry, must not block the messages after it in its conversation.
"""

from contextlib import suppress
from dataclasses import dataclass

from conversations.contract.server_frames import ErrorFrame
from conversations.domain import ids
from conversations.domain.errors import DeadLetteredError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.ports.queues import RetryControl
from conversations.ports.turns import TurnStore
from conversations.services.fan_out import FanOut
from conversations.services.turns import TurnService

MAX_TRIES = 5
"""How often a job is tried that fails by itself."""

MAX_GREETING_TRIES = 2
"""How often a greeting is tried: no client waits for a greeting, but the next message waits until it is done."""

MAX_UNAVAILABLE_TRIES = 10
"""How often a job is tried while a service is unavailable or the function crashes: for about three minutes."""

BACKOFF_SECONDS = (1, 2, 4, 8, 15, 30)
"""Backoff before the next try, try by try; the last value repeats. It is set as the job's visibility timeout, so the
later jobs of the conversation wait too."""


@dataclass(frozen=True, slots=True)
class RetryService:
    """Runs jobs and decides between a retry and the dead-letter queue."""

    turn_service: TurnService
    turns: TurnStore
    fan_out: FanOut
    retry_control: RetryControl

    def run(self, job: TurnJob, *, receipt: str, tries: int) -> None:
        """Run the job; on failure schedule a retry, or after the last try move it to the dead-letter queue.

        Parameters
        ----------
        job
            The job.
        receipt
            The queue's receipt handle of this delivery.
        tries
            How often the job was delivered, including this time.

        Raises
        ------
        DeadLetteredError
            If there will be no retry: the job is in the dead-letter queue, the user has been notified, and the next
            message will be answered. The queue may delete the job.
        Exception
            The error of the job; the queue will deliver it again.
        """
        # safeguard: dead-letter-crash
        if tries > MAX_UNAVAILABLE_TRIES:
            self._dead_letter(job)
            raise DeadLetteredError("The function crashed on every try.")
        try:
            self.turn_service.handle(job)
        except Exception as error:
            if tries >= _max_tries(job, error):
                self._dead_letter(job)
                raise DeadLetteredError("The job failed on every try.") from error
            # safeguard: retry-backoff-unavailable
            with suppress(UnavailableError):
                # safeguard: retry-backoff
                self.retry_control.delay_retry(receipt, BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS)) - 1])
            raise

    def _dead_letter(self, job: TurnJob) -> None:
        """Move the job to the dead-letter queue first: if the function crashes after that, the next try repeats it."""
        if not isinstance(job, AnswerJob):
            self.retry_control.send_to_dead_letter_queue(job)
        elif self._is_pending(job):
            # safeguard: dead-letter-stored
            self.retry_control.send_to_dead_letter_queue(job)
            self._skip_message(job)

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
            message="The bot could not answer this message.",
            session_id=ids.format_session_id(job.conversation_id),
            client_message_id=dialog.message.client_message_id,
            message_id=ids.format_message_id(job.message_id),
        )
        # safeguard: dead-letter-notifies
        self.fan_out.send_to_owner(dialog.conversation.owner, [frame])


def _max_tries(job: TurnJob, error: Exception) -> int:
    if isinstance(error, UnavailableError):
        return MAX_UNAVAILABLE_TRIES
    return MAX_GREETING_TRIES if isinstance(job, GreetJob) else MAX_TRIES
