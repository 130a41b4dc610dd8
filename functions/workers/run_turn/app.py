"""The consumer of the turn queue: run the bot, store its messages and deliver them."""

from conversations.bootstrap.turns import retry_service
from conversations.domain import jobs
from conversations.domain.jobs import TurnJob
from conversations.entrypoints import queue


def run_turn(job: queue.Job[TurnJob]) -> None:
    """Run the turn; a failure blocks the rest of its own conversation and of no other."""
    retry_service().run(job.input, job.delivery, job.get_seconds_left)


handler = queue.handler(jobs.from_json, run_turn, fifo=True)
