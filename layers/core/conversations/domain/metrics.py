"""Metrics as fields of log lines, in CloudWatch's embedded metric format (EMF).

CloudWatch reads the metrics out of the lines, so they cost no AWS call and no line of their own.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

_UNITS = {
    "TurnTime": "Milliseconds",
    "gen_ai.client.operation.duration": "Seconds",
    "gen_ai.response.time_to_first_chunk": "Seconds",
}
"""Units other than a count."""


def describe_metrics(metrics: Mapping[str, float], **dimensions: str) -> dict[str, Any]:
    """Return the fields of a log line with metrics.

    Parameters
    ----------
    metrics
        Values by name, in the units of ``_UNITS``; all others are counts.
    dimensions
        Values by name. Each combination of values is billed as a metric, so there must be few.

    Examples
    --------
    >>> sorted(describe_metrics({"Refusals": 1}, error="rate_limited"))
    ['Refusals', '_aws', 'error']
    """
    definitions = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in metrics]
    # The name of the stack, because several stacks of an account share its metrics.
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Conversations")
    directive = {"Namespace": namespace, "Dimensions": [sorted(dimensions)], "Metrics": definitions}
    metadata = {"Timestamp": int(time.time() * 1_000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, **dimensions, **metrics}
