"""Functions that create, export and erase tasks and drafts, each with its own permissions, on moto."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from basic.bundle import dump_bundle
from conversations.domain.jobs import ErasureJob, GreetJob
from tests import events
from tests.aws import BUCKET
from tests.builders import a_conversation, a_user
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.responses import parse_ok
from tests.integration.running import WORKERS, Functions

ADA = a_user("ada")
NOW = datetime.now(UTC).replace(microsecond=0)
DONE: dict[str, list[Any]] = {"batchItemFailures": []}
SCRIPT = """
id = CREATE TASK "Call", "bia@example.com"
UPDATE "tasks", "id=${id}", #{status: "done"}
CREATE DRAFT "ada@example.com", "Call", "Done"
TALK UBOUND(FIND "tasks", "status=done")
"""


def start(functions: Functions, worker: str = WORKERS[0]) -> list[str]:
    """Publish the bot, start a conversation with it, and return its messages."""
    bundle = a_bundle({"start": SCRIPT})
    bot = a_script_bot(bundle, "scripted")
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    conversation = functions.store_conversation(a_conversation(ADA, bot_id="scripted", last_activity=NOW))
    assert functions.invoke(worker, events.records(GreetJob(conversation_id=conversation.id))) == DONE
    return [message.content for message in functions.list_messages(conversation.id)]


def list_partitions(functions: Functions) -> list[str]:
    return sorted(item["bot_table"]["S"] for item in functions.aws.list_items("BotDataTable"))


@pytest.mark.parametrize("worker", WORKERS)
def test_script_creates_rows_of_the_user(functions: Functions, worker: str) -> None:
    assert start(functions, worker) == ["1"]
    assert list_partitions(functions) == [
        f"!rows#{ADA.owner}",
        f"!rows#{ADA.owner}",
        "scripted#drafts",
        "scripted#tasks",
    ]


def test_export_contains_rows_and_erasure_deletes_them(functions: Functions) -> None:
    start(functions)
    exported = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))
    query = {"cursor": exported["next_cursor"]}
    page = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA, query=query)))

    assert [(row["bot_id"], row["table"]) for row in page["rows"]] == [("scripted", "drafts"), ("scripted", "tasks")]
    assert page["rows"][1]["row"].items() >= {"title": "Call", "assignee": "bia@example.com", "status": "done"}.items()
    assert "next_cursor" not in page
    assert functions.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204
    assert list_partitions(functions) == []


def test_erasure_that_continues_in_the_background_deletes_rows(functions: Functions) -> None:
    start(functions)

    job = ErasureJob(owner=ADA.owner, requested_at=NOW + timedelta(minutes=1))
    assert functions.invoke("erase_data", events.records(job.model_dump_json())) == DONE

    assert list_partitions(functions) == []
