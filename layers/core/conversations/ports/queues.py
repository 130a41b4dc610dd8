"""Queues."""

from typing import Protocol

from conversations.domain.jobs import DelayedDeliveryJob, ErasureJob, ExpiryCheckJob, TurnJob


class TurnQueue(Protocol):
    """The way to the bots."""

    def put(self, work: TurnJob) -> None:
        """Queue the work durably, behind what the same conversation already has.

        Raises
        ------
        UnavailableError
            If the queue does not take it; a retry is safe.
        """
        ...


class RetryControl(Protocol):
    """What is to become of work that was handed out and not done."""

    def delay_retry(self, receipt: str, seconds: int) -> None:
        """Hand the work out again in so many seconds, and the rest of its conversation behind it.

        Raises
        ------
        UnavailableError
            If the queue does not answer; then it comes again by itself, later.
        """
        ...

    def send_to_dead_letter_queue(self, work: TurnJob) -> None:
        """Put the work aside for an operator, once.

        Raises
        ------
        UnavailableError
            If it could not be kept.
        """
        ...


class ExpiryQueue(Protocol):
    """The way to notice that a visitor's conversation has ended, without anybody looking all the time."""

    def put(self, check: ExpiryCheckJob, *, seconds: int) -> None:
        """Have it checked in so many seconds, 900 at most (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not take it.
        """
        ...


class DelayedDeliveryQueue(Protocol):
    """The way to tell something later."""

    def put(self, telling: DelayedDeliveryJob, *, seconds: int) -> None:
        """Have the first of its parts told in so many seconds, 900 at most (SQS's quota).

        Raises
        ------
        UnavailableError
            If the queue does not take it.
        """
        ...


class ErasureQueue(Protocol):
    """The way to finish an erasure that one invocation could not."""

    def put(self, erasure: ErasureJob) -> None:
        """Queue the rest of it.

        Raises
        ------
        UnavailableError
            If the queue does not take it; a retry is safe.
        """
        ...
