"""Queues of jobs."""

from typing import Protocol

from conversations.domain.jobs import DelayedDeliveryJob, Delivery, ErasureJob, ExpiryCheckJob, OutboxCheckJob, TurnJob


class TurnQueue(Protocol):
    """The bots' jobs: one at a time and in order per conversation and lane.

    There are two lanes with a worker each: one of turns that only compute, and one of turns that wait for a language
    model or another service most of their time.
    """

    def put(self, job: TurnJob, *, waits: bool) -> None:
        """Queue the job durably, after the conversation's earlier jobs. A duplicate of a recent job may be dropped.

        Parameters
        ----------
        job
            The job.
        waits
            Whether it belongs to the lane of turns that wait: ``Conversation.waits``, for jobs that run the bot.

        Raises
        ------
        UnavailableError
            If the queue does not accept it; a retry is safe.
        """
        ...


class RetryControl(Protocol):
    """Decides when a job that failed is delivered again.

    A delivery id identifies a delivery of a job to its worker.
    """

    def complete(self, delivery_id: str) -> None:
        """Delete a job that is done, so that the conversation's next job is delivered, to another worker if need be.

        Do nothing if the delivery is over already.

        Raises
        ------
        UnavailableError
            If the queue does not answer; the job is deleted when its worker returns.
        """
        ...

    def delay_retry(self, delivery_id: str, seconds: int) -> None:
        """Deliver the job again after a delay, and the conversation's later jobs after it.

        Do nothing if the delivery is over already.

        Parameters
        ----------
        delivery_id
            Identifies this delivery of the job to its worker.
        seconds
            The delay.

        Raises
        ------
        UnavailableError
            If the queue does not answer; the job is then delivered again after the queue's default delay.
        """
        ...

    def send_to_dead_letter_queue(self, job: TurnJob) -> None:
        """Store the job for an operator. Idempotent for a few minutes.

        Raises
        ------
        UnavailableError
            If the queue does not accept it.
        """
        ...


class TryCounter(Protocol):
    """Counts how often jobs were really tried, which the queue does not know."""

    def count(self, delivery: Delivery) -> int:
        """Count the try of this delivery once, however often it is called, and return the job's tries so far.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def reset(self, delivery: Delivery) -> None:
        """Forget the job's tries.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class DelayedDeliveryQueue(Protocol):
    """Messages to deliver later."""

    def put(self, job: DelayedDeliveryJob, *, seconds: int) -> None:
        """Queue the job with a delay of at most 900 seconds (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not accept it.
        """
        ...


class ExpiryQueue(Protocol):
    """Checks whether visitors' conversations have ended."""

    def put(self, job: ExpiryCheckJob, *, seconds: int) -> None:
        """Queue the check with a delay of at most 900 seconds (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not accept it.
        """
        ...


class OutboxQueue(Protocol):
    """Stored messages that are checked later, when their senders must have queued them."""

    def put(self, job: OutboxCheckJob) -> None:
        """Queue the check.

        Raises
        ------
        UnavailableError
            If the queue does not accept it; a retry is safe.
        """
        ...


class ErasureQueue(Protocol):
    """Erasures that one invocation could not complete."""

    def put(self, job: ErasureJob) -> None:
        """Queue the rest of the erasure.

        Raises
        ------
        UnavailableError
            If the queue does not accept it; a retry is safe.
        """
        ...
