"""What a turn of a script costs beside one of the rule bot: the same function, the same calls."""

import os
import statistics
from functools import partial
from typing import Any
from uuid import uuid4

import boto3

from bench.language import compiled
from bench.stack import Context, counting, milliseconds

ROUNDS = 30
GROUP = ("bench",)
"""Who sees the bots that are measured, which stay on the stack."""
RULES: dict[str, Any] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": ["hello"], "say": ["You said hello."], "suggestions": ["hello"]}],
    "fallback": {"say": ["Pardon?"]},
}
ASKING = 'ADD SUGGESTION "hello"\nTALK "Welcome."\nDO WHILE TRUE\nHEAR x\nTALK "You said " + x\nLOOP'
KEEPING = ASKING.replace('TALK "You', 'SET USER MEMORY "last", x\nTALK "You')
READING = ASKING.replace('TALK "You', 'before = GET USER MEMORY "last"\nTALK "You')
WRITING = ASKING.replace('TALK "You', 'INSERT "said", #{text: x}\nTALK "You')


def publish(script: str | None) -> str:
    """Publish a bot, of rules if there is no script; return its id."""
    from basic.bundle import dump_bundle
    from conversations import bootstrap
    from conversations.domain.bot import Bot
    from conversations.engines.basic.programs import build_program_key

    bot_id = f"bench-{uuid4().hex[:12]}"
    engine, program = "rules", RULES
    if script is not None:
        bundle = compiled({"start.bas": script})
        key = build_program_key(bot_id, bundle.program.id)
        engine, program = "basic", {"version": bundle.program.id, "key": key}
        boto3.client("s3").put_object(Bucket=os.environ["BOTS_BUCKET"], Key=key, Body=dump_bundle(bundle).encode())
    bootstrap.bot_catalogue().publish(Bot(id=bot_id, name="Bench", access=GROUP, engine=engine, program=program))
    return bot_id


def turn(what: str, script: str | None) -> None:
    """Measure a warm turn, and print it as one line."""
    from conversations import bootstrap
    from conversations.domain import timestamps
    from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob, to_json
    from conversations.domain.message import Draft
    from conversations.domain.principal import user_principal
    from workers.run_turn.app import handler

    reply: Any = handler
    principal = user_principal("bench", timestamps.add_seconds(timestamps.now(), 3_600), frozenset(GROUP))
    conversation = bootstrap.conversation_service().start(principal, bot_id=publish(script), initial_message=None)

    def done(work: TurnJob) -> None:
        record = {"messageId": "bench", "receiptHandle": "bench", "body": to_json(work), "eventSource": "aws:sqs"}
        attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": work.session_id}
        failed = reply({"Records": [record | {"attributes": attributes}]}, Context())["batchItemFailures"]
        if failed:
            raise SystemExit(f"a turn of {what} failed")

    done(GreetJob(session_id=conversation.id))
    times: list[float] = []
    for number in range(ROUNDS + 1):
        draft = Draft(content="hello", client_message_id=str(number))
        message = bootstrap.message_service().send(principal, conversation.id, draft)
        work = AnswerJob(session_id=conversation.id, message_id=message.id)
        with counting() as calls:
            times.append(milliseconds(partial(done, work)))
    print(
        f"| {what} | {statistics.median(times[1:]):.1f} ms | {' + '.join(calls.names)} | {calls.read_units:g} |"
        f" {calls.write_units:g} |",
        flush=True,
    )


def measure() -> None:
    """Measure everything and print the table."""
    print("\n| a turn, warm | | requests | read units | write units |\n|---|---|---|---|---|")
    turn("rule bot", None)
    turn("script: HEAR, TALK", ASKING)
    turn("script that remembers", KEEPING)
    turn("script that recalls", READING)
    turn("script that inserts a row", WRITING)
