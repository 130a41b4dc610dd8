"""The consumer of the queue of turns that wait: run the bots side by side, store their messages and deliver them."""

from conversations.bootstrap.queues import waiting_retry_control
from conversations.bootstrap.turns import waiting_retry_service
from conversations.domain import jobs, turn_time
from conversations.domain.jobs import TurnJob
from conversations.entrypoints import concurrent_queue, queue


def run_turn(job: queue.Job[TurnJob]) -> None:
    """Run the turn; a failure blocks the rest of its own conversation and of no other."""
    waiting_retry_service().run(job.input, job.delivery, job.get_seconds_left)


handler = concurrent_queue.handler(
    jobs.from_json, run_turn, waiting_retry_control, seconds_per_job=turn_time.MAX_TURN_SECONDS
)
