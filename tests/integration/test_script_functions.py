"""Bots written in BASIC on moto: the functions that run turns, the bucket, and the items in the tables."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from basic.bundle import Bundle, dump_bundle, make_bundle
from basic.package import build
from conversations.adapters.dynamodb.journal_lease import Lease
from conversations.adapters.dynamodb.journal_storage import DynamoDBJournalStorage
from conversations.bootstrap.claims import claim_service
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import message_store, visitor_token_store
from conversations.domain import content_hash, ids, visitor_token
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, DelayedDeliveryJob, GreetJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.aws import BUCKET, Aws
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_socket, a_user, a_visitor
from tests.composition import clear_caches
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.running import WORKERS, Functions, Logs
from tests.integration.stores import dynamodb_stores, get_tables

if TYPE_CHECKING:
    from conversations.domain.bot import Bot

ADA = a_user("ada")
NOW = datetime.now(UTC).replace(microsecond=0)
ASKS = """
name = GET USER MEMORY "name"
IF name = "" THEN
    HEAR name AS NAME WITH "Who are you?"
    SET USER MEMORY "name", name
END IF
INSERT "guests", #{name: name}
visits = VAL(GET BOT MEMORY "visits") + 1
SET BOT MEMORY "visits", visits
TALK "Hello " + name
TALK "Visit " + visits + ", guest " + UBOUND(FIND "guests")
"""


@pytest.fixture(params=WORKERS)
def functions(functions: Functions, request: pytest.FixtureRequest) -> Functions:
    """Return the functions with each of the two workers."""
    return replace(functions, worker=request.param)


def publish_script_bot(functions: Functions, bundle: Bundle) -> "Bot":
    bot = a_script_bot(bundle, "scripted")
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    return bot


def start_dialog(functions: Functions, owner: Principal = ADA) -> Conversation:
    conversation = functions.store_conversation(a_conversation(owner, bot_id="scripted", last_activity=NOW))
    functions.run_turns(events.records(GreetJob(conversation_id=conversation.id)))
    return conversation


def send_message(functions: Functions, conversation: Conversation, content: str, owner: Principal = ADA) -> AnswerJob:
    job = AnswerJob(
        conversation_id=conversation.id, message_id=functions.store_message(owner, conversation, content).id
    )
    assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
    return job


def list_replies(functions: Functions, conversation: Conversation) -> list[str]:
    return [message.content for message in functions.list_messages(conversation.id) if message.sender == "bot"]


@contextmanager
def count_requests(service: str) -> Iterator[Counter[str]]:
    """Count the requests to a service, by operation."""
    counts: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        counts[model.name] += 1

    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register(f"before-call.{service}.*", count)
    try:
        yield counts
    finally:
        boto3.DEFAULT_SESSION.events.unregister(f"before-call.{service}.*", count)


def test_dialog_with_memories_and_tables(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": ASKS}))
    conversation = start_dialog(functions)
    send_message(functions, conversation, "ada")

    assert list_replies(functions, conversation) == ["Who are you?", "Hello Ada", "Visit 1, guest 1"]
    assert list_replies(functions, start_dialog(functions)) == ["Hello Ada", "Visit 2, guest 2"]


def test_visitors_dialog_stores_nothing_of_the_visitor_permanently(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": ASKS}))
    visitor = a_visitor()
    conversation = start_dialog(functions, visitor)
    send_message(functions, conversation, "eve", visitor)

    assert list_replies(functions, conversation)[1:] == ["Hello Eve", "Visit 1, guest 1"]
    partitions = [item["bot_table"]["S"] for item in functions.aws.list_items("BotDataTable")]
    assert sorted(partitions) == ["scripted#!memory", "scripted#guests"]
    assert functions.aws.list_items("MessageHistoryTable") == []


def test_program_is_read_once_per_warm_function(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": "HEAR x\nHEAR y\nTALK x + y"}))
    with count_requests("s3") as counts:
        for _ in range(2):
            conversation = start_dialog(functions)
            send_message(functions, conversation, "a")
            send_message(functions, conversation, "b")

    assert counts == {"GetObject": 1}


def test_running_dialog_keeps_its_version_after_publishing(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": 'HEAR x\nTALK "old " + x'}))
    conversation = start_dialog(functions)
    publish_script_bot(functions, a_bundle({"start": 'HEAR x\nTALK "new " + x'}))
    clear_caches()

    send_message(functions, conversation, "version")
    other = start_dialog(functions)
    send_message(functions, other, "version")

    assert list_replies(functions, conversation) == ["old version"]
    assert list_replies(functions, other) == ["new version"]


def test_turn_of_bot_without_program_is_retried(functions: Functions, logs: Logs) -> None:
    bot = publish_script_bot(functions, a_bundle({"start": 'TALK "Hello"'}))
    functions.aws.s3.delete_object(Bucket=BUCKET, Key=str(bot.program["key"]))
    conversation = functions.store_conversation(a_conversation(ADA, bot_id="scripted", last_activity=NOW))

    response = functions.run_turns(events.records(GreetJob(conversation_id=conversation.id)))

    assert response == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}
    assert "ProgramNotFoundError" in logs.text


def test_redelivered_job_repeats_no_writes(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": ASKS}))
    conversation = start_dialog(functions)
    job = send_message(functions, conversation, "ada")
    before = functions.aws.list_items("BotDataTable")

    functions.run_turns(events.records(job, tries=2))

    assert functions.aws.list_items("BotDataTable") == before
    assert len(list_replies(functions, conversation)) == 3


def test_script_fault_is_logged_with_position_and_without_content(functions: Functions, logs: Logs) -> None:
    publish_script_bot(functions, a_bundle({"start": "HEAR secret\nTALK 1 / 0"}))
    conversation = start_dialog(functions)
    send_message(functions, conversation, "my password")

    (line,) = [line for line in logs.lines if "script failed" in str(line["message"])]
    assert "start.bas:2:" in line["message"]
    assert line["bot"] == "scripted"
    assert (line["conversation_id"], line["ScriptFaults"]) == (conversation.id, 1)
    assert line["correlation_id"]
    assert line["message_id"]
    assert "my password" not in logs.text
    assert "SkippedScripts" not in line


def test_script_that_was_published_with_errors_is_counted(functions: Functions, logs: Logs) -> None:
    built = build({"start.bas": 'HEAR x\nCALL "pay"', "pay.bas": "TALK FOO(1)"}, skip_broken=True)
    assert built.program is not None
    publish_script_bot(functions, make_bundle(built.program, {}, frozenset()))
    send_message(functions, start_dialog(functions), "go")

    (line,) = [line for line in logs.lines if "script failed" in str(line["message"])]
    assert "pay.bas:1:6: the script was published with an error" in line["message"]
    assert (line["ScriptFaults"], line["SkippedScripts"]) == (1, 1)


def test_message_after_wait_is_delivered_by_deliver_delayed(functions: Functions) -> None:
    publish_script_bot(functions, a_bundle({"start": 'TALK "One."\nWAIT 0.1\nTALK "Two."\nWAIT 1\nTALK "Three."'}))
    connection_store().add(a_socket(ADA, "phone"))
    conversation = start_dialog(functions)
    url = functions.aws.names["TellingsQueue"]
    for left in (2, 1):
        (message,) = functions.aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        assert len(DelayedDeliveryJob.model_validate_json(message["Body"]).parts) == left
        assert functions.invoke("deliver_delayed", events.records(message["Body"])) == {"batchItemFailures": []}
        functions.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    frames = [frame.get("content", frame["type"]) for frame in functions.connections.frames["phone"]]
    assert frames == ["One.", "typing", "Two.", "typing", "Three."]
    assert list_replies(functions, conversation) == ["One.", "Two.", "Three."]


def test_invalid_delayed_delivery_record_fails_alone(functions: Functions) -> None:
    response = functions.invoke("deliver_delayed", events.records("no job"))

    assert response == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}


@pytest.mark.parametrize(
    "script", ['TALK "x"\n' * 300, 'FOR i = 1 TO 20\nSET BOT MEMORY "n" + i, i\nNEXT\n' + 'TALK "x"\n' * 64]
)
def test_largest_turn_fits_into_one_transaction(functions: Functions, script: str) -> None:
    publish_script_bot(functions, a_bundle({"start": script}))

    conversation = start_dialog(functions)

    assert "\n".join(list_replies(functions, conversation)).split("\n") == ["x"] * script.count("TALK")


# ------------------------------------------------------------------------------------------------------ journals


def build_journal_storage(
    where: Aws, conversation_id: str, message_id: str | None, *, anonymous: bool = False
) -> DynamoDBJournalStorage:
    lease = Lease("run", MORNING, lambda: MORNING)
    return DynamoDBJournalStorage(
        where.dynamodb, get_tables(where), conversation_id, message_id, anonymous, MORNING, lease
    )


def test_journal_is_read_as_last_written(deployed: Aws) -> None:
    one, opening = build_journal_storage(deployed, "s", "m"), build_journal_storage(deployed, "s", None)
    assert one.read() == b""

    one.write(b"first")
    one.write(b"second \x00\xff")
    opening.write(b"hello")

    assert build_journal_storage(deployed, "s", "m").read() == b"second \x00\xff"
    assert build_journal_storage(deployed, "s", None).read() == b"hello"
    assert build_journal_storage(deployed, "s", "other").read() == b""


def test_journal_is_found_after_claim(deployed: Aws) -> None:
    build_journal_storage(deployed, "s", "m", anonymous=True).write(b"entries")

    assert build_journal_storage(deployed, "s", "m").read() == b"entries"


@pytest.mark.parametrize(("anonymous", "days"), [(True, 1), (False, 28)])
def test_journal_expires(deployed: Aws, *, anonymous: bool, days: int) -> None:
    build_journal_storage(deployed, "s", "m", anonymous=anonymous).write(b"entries")

    (item,) = deployed.list_items("VisitorMessagesTable" if anonymous else "MessageHistoryTable")
    assert int(item["expires_at"]["N"]) == MORNING.timestamp() + days * 24 * 60 * 60


def test_journals_are_not_in_history_and_are_erased(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    message = stores.messages.append(ADA, conversation.id, a_draft("Hi", client_message_id="a"), MORNING)
    build_journal_storage(deployed, conversation.id, message.id).write(b"x")
    build_journal_storage(deployed, conversation.id, None).write(b"x")

    page = stores.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=9)
    while not stores.eraser.erase_messages(conversation.id):
        pass

    assert page.items == (message,)
    assert deployed.list_items("MessageHistoryTable") == []


def test_claim_succeeds_with_large_journals(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = a_conversation_id()
    conversation = a_conversation(a_visitor(conversation_id))
    stores.conversations.create(conversation)
    stores.visitors.add_token(conversation_id, "hash")
    messages = [
        stores.messages.append(a_visitor(conversation_id), conversation_id, a_draft(f"{n}"), MORNING) for n in range(15)
    ]
    for message in messages:
        build_journal_storage(deployed, conversation_id, message.id, anonymous=True).write(b"x" * 350 * 1024)

    claimed = stores.claims.claim(conversation_id, "hash", ADA.owner, MORNING)

    assert claimed.owner == ADA.owner
    assert build_journal_storage(deployed, conversation_id, messages[0].id).read()
    stored = deployed.list_items("MessageHistoryTable")
    assert [item["id"]["S"] for item in stored] == [message.id for message in messages]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_password_is_in_no_table_and_no_log(functions: Functions, logs: Logs, owner: Principal) -> None:
    script = 'HEAR key AS PASSWORD\nanswer = INSERT "keys", #{key: key}\nPRINT key\nTALK "I have " + key\nHEAR more'
    publish_script_bot(functions, a_bundle({"start": script}))
    conversation = start_dialog(functions, owner)
    draft = a_draft("Tr0ub4dor&3", client_message_id="a")
    message = message_store().append(owner, conversation.id, draft, NOW)

    for _ in range(2):
        job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
        assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
    message_store().append(owner, conversation.id, draft, NOW)

    assert [message.content for message in functions.list_messages(conversation.id)] == ["********", "I have ********"]
    tables = functions.aws.dynamodb.list_tables()["TableNames"]
    left = str([functions.aws.list_items(table) for table in tables])
    assert "I have" in left
    assert "Tr0ub4dor" not in left + logs.text
    assert content_hash.compute(draft) not in left


def test_visitor_who_signs_in_for_hear_as_login_is_answered_as_user(functions: Functions) -> None:
    publish_script_bot(
        functions, a_bundle({"start": 'HEAR who AS LOGIN WITH "Please sign in."\nTALK "Hello " + who\nHEAR more'})
    )
    visitor = a_visitor()
    conversation = start_dialog(functions, visitor)
    send_message(functions, conversation, "I am Ada", visitor)
    token = visitor_token.make(conversation.id)
    visitor_token_store().add_token(conversation.id, hash_secret(token))

    claimed = claim_service().claim(ADA, token)
    send_message(functions, claimed, "here I am")

    told_before, refused, greeted = list_replies(functions, conversation)
    assert (told_before, greeted) == ("Please sign in.", "Hello ada")
    assert "sign in" in refused
    assert list_replies(functions, start_dialog(functions)) == ["Hello ada"]
