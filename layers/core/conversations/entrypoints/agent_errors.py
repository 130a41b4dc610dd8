"""Errors on connections in the format of AG-UI."""

from typing import Any

from conversations.contract import problems
from conversations.contract.ag_ui.chunks import Chunk
from conversations.contract.ag_ui.events import build_error
from conversations.entrypoints.client_input import find_texts

_MAX_RUN_ID_LENGTH = 256


def build_error_chunk(event: dict[str, Any], error: Exception) -> Chunk:
    """Build the chunk that reports an error of a frame, which may be malformed, with the run that the frame names."""
    problem = problems.build_problem(error)
    run_id = find_texts(event.get("body") or "", ("runId",)).get("runId")
    is_name = run_id is not None and 0 < len(run_id) <= _MAX_RUN_ID_LENGTH
    return Chunk(build_error(problem.error, problem.detail, run_id if is_name else None))
