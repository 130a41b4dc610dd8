"""The list of all checks, and running them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import httpx
from websockets.exceptions import WebSocketException

from tools.smoke import rest_checks, socket_checks
from tools.smoke.deployment import CheckFailedError, Deployment, NotCheckedError


class Outcome(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"
    AWS_ONLY = "only on AWS"


@dataclass(frozen=True, slots=True)
class Check:
    """A check by name.

    Attributes
    ----------
    name, run
        The name in the report, and the check. It raises an error if it fails.
    aws_only
        Whether the local stack is not expected to pass.
    waits
        Whether the check waits for a minute, and so runs beside the others.
    """

    name: str
    run: Callable[[Deployment], None]
    aws_only: bool = False
    waits: bool = False


CHECKS = (
    Check("health", rest_checks.check_health),
    Check("document address", rest_checks.check_document_address),
    Check("compression", rest_checks.check_compression, aws_only=True),
    Check("hidden stage", rest_checks.check_hidden_stage, aws_only=True),
    Check("gateway errors", rest_checks.check_gateway_errors),
    Check("function errors", rest_checks.check_function_errors),
    Check("preflight", rest_checks.check_preflight),
    Check("conversation", rest_checks.check_conversation),
    Check("visitor", socket_checks.check_visitor),
    Check("subprotocol", socket_checks.check_subprotocol),
    Check("ticket", socket_checks.check_ticket),
    Check("refused handshakes", socket_checks.check_refused_handshakes),
    Check("order", socket_checks.check_order),
    Check("large frame", socket_checks.check_large_frame),
    Check("frame limit", socket_checks.check_frame_limit),
    Check("rate limit", rest_checks.check_rate_limit, waits=True),
    Check("idle", socket_checks.check_idle, waits=True),
)
"""All checks. ``docs/operations.md`` says which assumption each verifies."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a check, and a sentence if there is more to say."""

    check: Check
    outcome: Outcome
    sentence: str = ""

    def __str__(self) -> str:
        """Return a line of the report."""
        return f"{self.outcome:12} {self.check.name}{': ' if self.sentence else ''}{self.sentence}"


def run_checks(deployment: Deployment) -> Iterator[Result]:
    """Run all checks, yield each result in the order of ``CHECKS``, and delete what they stored."""
    try:
        with ThreadPoolExecutor() as pool:
            waiting = {check: pool.submit(_run, check, deployment) for check in CHECKS if check.waits}
            for check in CHECKS:
                yield waiting[check].result() if check in waiting else _run(check, deployment)
    finally:
        deployment.delete_conversations()


def _run(check: Check, deployment: Deployment) -> Result:
    if check.aws_only and not deployment.on_aws:
        return Result(check, Outcome.AWS_ONLY)
    try:
        check.run(deployment)
    except NotCheckedError as reason:
        return Result(check, Outcome.NOT_CHECKED, str(reason))
    except (CheckFailedError, httpx.HTTPError, WebSocketException, OSError) as error:
        return Result(check, Outcome.FAILED, f"{error}" if isinstance(error, CheckFailedError) else repr(error))
    return Result(check, Outcome.OK)
