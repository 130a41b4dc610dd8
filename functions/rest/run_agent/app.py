"""``POST /api/agents/{bot_id}/ag-ui``: run a bot as an AG-UI agent."""

import json
from collections.abc import Sequence

from conversations.bootstrap.agent_runs import agent_run_service
from conversations.bootstrap.answers import answer_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.ag_ui.events import Event, build_empty_run, build_failed_run, build_run
from conversations.contract.ag_ui.operations import RUN_AGENT
from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.contract.base import EventStream
from conversations.domain.errors import UnavailableError
from conversations.domain.message import Message
from conversations.entrypoints import rest
from conversations.services.agent_runs import AgentRun
from conversations.services.answers import AnswerFailedError


def run_agent(call: rest.Call[RunAgentInput]) -> EventStream:
    """Send what is new in the thread, and return the events of the bot's answer."""
    run = agent_run_service().begin(call.principal, call.input.to_agent_input(call.path_parameters["bot_id"]))
    if run is None:
        return _stream(build_empty_run(call.input))
    call.counted.refund_retry(run.sent_at)
    try:
        messages, last = _wait(call, run)
    except (AnswerFailedError, UnavailableError) as error:
        return _stream(build_failed_run(call.input, error), run.conversation_id)
    interrupt = None if last is None else agent_run_service().find_interrupt(run.conversation_id, last)
    return _stream(build_run(call.input, run.conversation_id, messages, interrupt), run.conversation_id)


def _wait(call: rest.Call[RunAgentInput], run: AgentRun) -> tuple[Sequence[Message], Message | None]:
    """Return the bot's messages, and the last message of the turn."""
    if run.message_id is None:
        greeting = answer_service().wait_for_greeting(call.principal, run.conversation_id, call.get_seconds_left)
        return greeting, next(reversed(greeting), None)
    answer = answer_service().wait(call.principal, run.conversation_id, run.message_id, call.get_seconds_left)
    return answer.messages, (answer.question, *answer.messages)[-1]


def _stream(events: Sequence[Event], conversation_id: str | None = None) -> EventStream:
    return EventStream(tuple(map(json.dumps, events)), conversation_id)


handler = rest.handler(RUN_AGENT, run_agent, rate_limiter)
