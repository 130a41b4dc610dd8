"""The log line of a script that failed, with its metrics."""

import logging

from basic.program import SKIPPED_SCRIPT
from conversations.domain.metrics import describe_metrics

logger = logging.getLogger(__name__)


def log_script_failure(bot_id: str, failure: str) -> None:
    """Log why a script failed and where. Scripts that were published with errors are counted apart."""
    metrics = {"ScriptFaults": 1, **({"SkippedScripts": 1} if SKIPPED_SCRIPT in failure else {})}
    logger.error("script failed: %s", failure, extra={"bot": bot_id, **describe_metrics(metrics)})
