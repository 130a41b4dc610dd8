"""The operation that AG-UI's clients call."""

from http import HTTPStatus

from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.contract.operation import MAX_TRANSCRIPT_BYTES, MESSAGE_ERRORS, Operation
from conversations.domain import limits

RUN_AGENT = Operation(
    name="run_agent",
    method="POST",
    path="/agents/{bot_id}/ag-ui",
    tag="AG-UI",
    summary="Run a bot as an AG-UI agent",
    description=(
        "Send the last message of the thread, or the answer to an interrupt, to the thread's conversation, and wait for"
        " the bot's answer. The response is the complete stream of AG-UI events. A repeated request sends nothing new."
    ),
    input=RunAgentInput,
    responses={HTTPStatus.OK: None},
    errors=MESSAGE_ERRORS,
    policy=limits.MESSAGES,
    streams=True,
    max_body_bytes=MAX_TRANSCRIPT_BYTES,
)
