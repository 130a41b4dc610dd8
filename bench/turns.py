"""Benchmarks of bot turns: dialogs compared with a rule bot."""

import os
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from bench.figures import Column, Figure, Plot, Row, describe_origin
from bench.language import compile_bundle
from bench.stack import Context, count_requests, measure_milliseconds

if TYPE_CHECKING:
    from conversations.domain.jobs import TurnJob

ROUNDS = 30
GROUP = ("bench",)
"""The group that has access to the benchmark bots, which are not deleted."""
RULES: dict[str, Any] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": ["hello"], "say": ["You said hello."], "suggestions": ["hello"]}],
    "fallback": {"say": ["Pardon?"]},
}
ECHO_SCRIPT = 'ADD SUGGESTION "hello"\nTALK "Welcome."\nDO WHILE TRUE\nHEAR x\nTALK "You said " + x\nLOOP'
SET_MEMORY_SCRIPT = ECHO_SCRIPT.replace('TALK "You', 'SET USER MEMORY "last", x\nTALK "You')
GET_MEMORY_SCRIPT = ECHO_SCRIPT.replace('TALK "You', 'before = GET USER MEMORY "last"\nTALK "You')
INSERT_SCRIPT = ECHO_SCRIPT.replace('TALK "You', 'INSERT "said", #{text: x}\nTALK "You')


def publish(script: str | None) -> str:
    """Publish a bot of one script, or a rule bot without script; return its id."""
    from basic.bundle import dump_bundle
    from conversations.bootstrap.stores import bot_catalogue
    from conversations.domain.bot import Bot
    from conversations.engines.basic.programs import build_program_key

    bot_id = f"bench-{uuid4().hex[:12]}"
    engine, program = "rules", RULES
    if script is not None:
        bundle = compile_bundle({"start.bas": script})
        key = build_program_key(bot_id, bundle.program.id)
        engine, program = "basic", {"version": bundle.program.id, "key": key}
        boto3.client("s3").put_object(Bucket=os.environ["BOTS_BUCKET"], Key=key, Body=dump_bundle(bundle).encode())
    bot_catalogue().publish(Bot(id=bot_id, name="Bench", access=GROUP, engine=engine, program=program))
    return bot_id


def run_turn(work: "TurnJob") -> None:
    """Invoke the function of turns with a job, and fail unless it succeeds."""
    from conversations.domain.jobs import to_json
    from workers.run_turn.app import handler

    reply: Any = handler
    record = {"messageId": "bench", "receiptHandle": "bench", "body": to_json(work), "eventSource": "aws:sqs"}
    attributes = {
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1_000)),
        "MessageGroupId": work.conversation_id,
    }
    if reply({"Records": [record | {"attributes": attributes}]}, Context())["batchItemFailures"]:
        raise SystemExit(f"A turn of {work.conversation_id} failed.")


def measure_turn(label: str, script: str | None) -> Row:
    """Measure a warm turn and return its row."""
    from conversations.domain import timestamps
    from conversations.domain.jobs import AnswerJob, GreetJob
    from conversations.domain.message import Draft
    from conversations.domain.principal import user_principal

    principal = user_principal("bench", timestamps.add_seconds(timestamps.now(), 3_600), frozenset(GROUP))
    from conversations.bootstrap.conversations import conversation_service
    from conversations.bootstrap.messages import message_service

    conversation = conversation_service().start(principal, bot_id=publish(script), initial_message=None)

    run_turn(GreetJob(conversation_id=conversation.id))
    times: list[float] = []
    for number in range(ROUNDS + 1):
        draft = Draft(content="hello", client_message_id=str(number))
        message = message_service().send(principal, conversation.id, draft)
        work = AnswerJob(conversation_id=conversation.id, message_id=message.id)
        with count_requests() as calls:
            times.append(measure_milliseconds(partial(run_turn, work)))
    median = round(statistics.median(times[1:]), 1)
    return Row(label, (median, " + ".join(calls.names), calls.read_units, calls.write_units))


def measure() -> Figure:
    """Run the benchmarks."""
    bots = {
        "rule bot": None,
        "script: HEAR, TALK": ECHO_SCRIPT,
        "script that remembers": SET_MEMORY_SCRIPT,
        "script that recalls": GET_MEMORY_SCRIPT,
        "script that inserts a row": INSERT_SCRIPT,
    }
    return Figure(
        name="turns",
        title="a warm turn",
        compared="the turns of five bots, each from the job to the committed answer.",
        repeated=f"{ROUNDS} turns of each; medians.",
        origin=describe_origin(),
        columns=(Column("duration", "ms"), Column("requests"), Column("read units"), Column("write units")),
        rows=[measure_turn(label, script) for label, script in bots.items()],
        plot=Plot("bars", ("duration",)),
        note="The write units are those of the tables without their indexes.",
    )
