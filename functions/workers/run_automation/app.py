"""The consumer of the automation queue: run the script of a schedule, of a changed row, or of a mail."""

from conversations.bootstrap.automations import automation_service
from conversations.domain.automations import AutomationJob, parse_job
from conversations.entrypoints import queue


def run_automation(job: queue.Job[AutomationJob]) -> None:
    """Run the script; a failure blocks the later jobs of its own schedule, row or mail, and no other."""
    automation_service().run(job.input, job.get_seconds_left)


handler = queue.handler(parse_job, run_automation, fifo=True)
