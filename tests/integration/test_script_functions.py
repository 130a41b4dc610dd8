"""Bots with scripts on moto: the reply function, the bucket, the tables and what is left in them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from basic.bundle import Bundle, dump_bundle
from conversations import bootstrap
from conversations.adapters.dynamodb.replay_journals import DynamoDBJournalStorage
from conversations.domain import content_hash, visitor_token
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, DelayedDeliveryJob, GreetJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.aws import BUCKET, Aws
from tests.builders import MORNING, a_conversation, a_draft, a_session_id, a_socket, a_user, a_visitor
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.running import Functions, Logs
from tests.integration.stores import dynamodb_stores, tables_of

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


def published(functions: Functions, bundle: Bundle) -> "Bot":
    bot = a_script_bot(bundle, "scripted")
    functions.where.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    return bot


def begun(functions: Functions, owner: Principal = ADA) -> Conversation:
    conversation = functions.holds(a_conversation(owner, bot_id="scripted", last_activity=NOW))
    functions.invoke("reply", events.records(GreetJob(session_id=conversation.id)))
    return conversation


def says(functions: Functions, conversation: Conversation, content: str, owner: Principal = ADA) -> AnswerJob:
    work = AnswerJob(session_id=conversation.id, message_id=functions.said(owner, conversation, content).id)
    assert functions.invoke("reply", events.records(work)) == {"batchItemFailures": []}
    return work


def told(functions: Functions, conversation: Conversation) -> list[str]:
    return [each.content for each in functions.stored(conversation.id) if each.sender == "bot"]


@contextmanager
def counting(service: str) -> Iterator[Counter[str]]:
    """Count what is asked of a service."""
    counts: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        counts[model.name] += 1

    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register(f"before-call.{service}.*", count)
    try:
        yield counts
    finally:
        boto3.DEFAULT_SESSION.events.unregister(f"before-call.{service}.*", count)


def test_a_dialog_is_played_over_the_tables(functions: Functions) -> None:
    published(functions, a_bundle({"start": ASKS}))
    conversation = begun(functions)
    says(functions, conversation, "ada")

    assert told(functions, conversation) == ["Who are you?", "Hello Ada", "Visit 1, guest 1"]
    assert told(functions, begun(functions)) == ["Hello Ada", "Visit 2, guest 2"]


def test_a_visitors_dialog_is_played_and_nothing_of_the_visitor_is_kept_but_for_a_day(functions: Functions) -> None:
    published(functions, a_bundle({"start": ASKS}))
    visitor = a_visitor()
    conversation = begun(functions, visitor)
    says(functions, conversation, "eve", visitor)

    assert told(functions, conversation)[1:] == ["Hello Eve", "Visit 1, guest 1"]
    kept = [item["bot_table"]["S"] for item in functions.where.items("BotDataTable")]
    assert sorted(kept) == ["scripted#!memory", "scripted#guests"]
    assert functions.where.items("MessageHistoryTable") == []


def test_the_program_is_read_once_per_warm_function(functions: Functions) -> None:
    published(functions, a_bundle({"start": "HEAR x\nHEAR y\nTALK x + y"}))
    with counting("s3") as asked:
        for _ in range(2):
            conversation = begun(functions)
            says(functions, conversation, "a")
            says(functions, conversation, "b")

    assert asked == {"GetObject": 1}


def test_a_dialog_goes_on_with_its_version_when_the_bot_is_published_anew(functions: Functions) -> None:
    published(functions, a_bundle({"start": 'HEAR x\nTALK "old " + x'}))
    conversation = begun(functions)
    published(functions, a_bundle({"start": 'HEAR x\nTALK "new " + x'}))
    bootstrap.bot_catalogue.cache_clear()
    bootstrap.retry_service.cache_clear()

    says(functions, conversation, "version")
    other = begun(functions)
    says(functions, other, "version")

    assert told(functions, conversation) == ["old version"]
    assert told(functions, other) == ["new version"]


def test_a_bot_without_its_program_is_tried_again(functions: Functions, logs: Logs) -> None:
    bot = published(functions, a_bundle({"start": 'TALK "Hello"'}))
    functions.where.s3.delete_object(Bucket=BUCKET, Key=str(bot.program["key"]))
    conversation = functions.holds(a_conversation(ADA, bot_id="scripted", last_activity=NOW))

    answer = functions.invoke("reply", events.records(GreetJob(session_id=conversation.id)))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}
    assert "LostProgramError" in logs.text


def test_work_that_is_delivered_again_writes_nothing_twice(functions: Functions) -> None:
    published(functions, a_bundle({"start": ASKS}))
    conversation = begun(functions)
    work = says(functions, conversation, "ada")
    before = functions.where.items("BotDataTable")

    functions.invoke("reply", events.records(work, tries=2))

    assert functions.where.items("BotDataTable") == before
    assert len(told(functions, conversation)) == 3


def test_a_fault_is_logged_with_its_place_and_without_what_was_said(functions: Functions, logs: Logs) -> None:
    published(functions, a_bundle({"start": "HEAR secret\nTALK 1 / 0"}))
    conversation = begun(functions)
    says(functions, conversation, "my password")

    (line,) = [each for each in logs.lines if "script failed" in str(each["message"])]
    assert "start.bas:2:" in line["message"]
    assert line["bot"] == "scripted"
    assert "my password" not in logs.text


def test_what_follows_a_pause_is_told_by_a_function_of_its_own(functions: Functions) -> None:
    published(functions, a_bundle({"start": 'TALK "One."\nWAIT 0.1\nTALK "Two."\nWAIT 1\nTALK "Three."'}))
    bootstrap.connection_store().add(a_socket(ADA, "phone"))
    conversation = begun(functions)
    url = functions.where.names["TellingsQueue"]
    for left in (2, 1):
        (message,) = functions.where.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        assert len(DelayedDeliveryJob.model_validate_json(message["Body"]).parts) == left
        assert functions.invoke("tell", events.records(message["Body"])) == {"batchItemFailures": []}
        functions.where.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    frames = [frame.get("content", frame["type"]) for frame in functions.sockets.told["phone"]]
    assert frames == ["One.", "typing", "Two.", "typing", "Three."]
    assert told(functions, conversation) == ["One.", "Two.", "Three."]


def test_a_telling_that_is_none_fails_alone(functions: Functions) -> None:
    answer = functions.invoke("tell", events.records("no telling"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}


@pytest.mark.parametrize(
    "script", ['TALK "x"\n' * 300, 'FOR i = 1 TO 20\nSET BOT MEMORY "n" + i, i\nNEXT\n' + 'TALK "x"\n' * 64]
)
def test_a_turn_that_says_and_remembers_as_much_as_it_may_fits_into_one_transaction(
    functions: Functions, script: str
) -> None:
    published(functions, a_bundle({"start": script}))

    conversation = begun(functions)

    assert "\n".join(told(functions, conversation)).split("\n") == ["x"] * script.count("TALK")


# ------------------------------------------------------------------------------------------------------ journals


def journal(where: Aws, session_id: str, message_id: str | None, *, anonymous: bool = False) -> DynamoDBJournalStorage:
    return DynamoDBJournalStorage(where.dynamodb, tables_of(where), session_id, message_id, anonymous, MORNING)


def test_a_journal_is_read_as_it_was_written_last(deployed: Aws) -> None:
    one, opening = journal(deployed, "s", "m"), journal(deployed, "s", None)
    assert one.read() == b""

    one.write(b"first")
    one.write(b"second \x00\xff")
    opening.write(b"hello")

    assert journal(deployed, "s", "m").read() == b"second \x00\xff"
    assert journal(deployed, "s", None).read() == b"hello"
    assert journal(deployed, "s", "other").read() == b""


def test_a_journal_is_found_when_the_conversation_was_handed_over_meanwhile(deployed: Aws) -> None:
    journal(deployed, "s", "m", anonymous=True).write(b"kept")

    assert journal(deployed, "s", "m").read() == b"kept"


@pytest.mark.parametrize(("anonymous", "days"), [(True, 1), (False, 14)])
def test_a_journal_has_an_end(deployed: Aws, *, anonymous: bool, days: int) -> None:
    journal(deployed, "s", "m", anonymous=anonymous).write(b"kept")

    (item,) = deployed.items("VisitorMessagesTable" if anonymous else "MessageHistoryTable")
    assert int(item["expires_at"]["N"]) == MORNING.timestamp() + days * 24 * 60 * 60


def test_journals_are_no_messages_and_go_with_the_conversation(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    message = stores.messages.append(ADA, conversation.id, a_draft("Hi", client_message_id="a"), MORNING)
    journal(deployed, conversation.id, message.id).write(b"x")
    journal(deployed, conversation.id, None).write(b"x")

    page = stores.messages.page(conversation, first="0", last="g", newest=True, limit=9)
    while not stores.eraser.erase_messages(conversation.id):
        pass

    assert page.items == (message,)
    assert deployed.items("MessageHistoryTable") == []


def test_large_journals_keep_nobody_from_taking_a_conversation_along(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    session_id = a_session_id()
    conversation = a_conversation(a_visitor(session_id))
    stores.conversations.create(conversation)
    stores.visitors.add_token(session_id, "hash")
    said = [stores.messages.append(a_visitor(session_id), session_id, a_draft(f"{n}"), MORNING) for n in range(15)]
    for message in said:
        journal(deployed, session_id, message.id, anonymous=True).write(b"x" * 350 * 1024)

    claimed = stores.claims.claim(session_id, "hash", ADA.owner, MORNING)

    assert claimed.owner == ADA.owner
    assert journal(deployed, session_id, said[0].id).read()
    stored = deployed.items("MessageHistoryTable")
    assert [item["id"]["S"] for item in stored] == [message.id for message in said]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_of_a_password_that_a_bot_has_heard_nothing_is_left_in_any_table_or_log(
    functions: Functions, logs: Logs, owner: Principal
) -> None:
    script = 'HEAR key AS PASSWORD\nanswer = INSERT "keys", #{key: key}\nPRINT key\nTALK "I have " + key\nHEAR more'
    published(functions, a_bundle({"start": script}))
    conversation = begun(functions, owner)
    draft = a_draft("Tr0ub4dor&3", client_message_id="a")
    message = bootstrap.message_store().append(owner, conversation.id, draft, NOW)

    for _ in range(2):
        work = AnswerJob(session_id=conversation.id, message_id=message.id)
        assert functions.invoke("reply", events.records(work)) == {"batchItemFailures": []}
    bootstrap.message_store().append(owner, conversation.id, draft, NOW)

    assert [each.content for each in functions.stored(conversation.id)] == ["********", "I have ********"]
    tables = functions.where.dynamodb.list_tables()["TableNames"]
    left = str([functions.where.items(table) for table in tables])
    assert "I have" in left
    assert "Tr0ub4dor" not in left + logs.text
    assert content_hash.compute(draft) not in left


def test_a_visitor_who_is_asked_to_sign_in_and_does_so_is_answered_as_a_user(functions: Functions) -> None:
    published(
        functions, a_bundle({"start": 'HEAR who AS LOGIN WITH "Please sign in."\nTALK "Hello " + who\nHEAR more'})
    )
    visitor = a_visitor()
    conversation = begun(functions, visitor)
    says(functions, conversation, "I am Ada", visitor)
    token = visitor_token.make(conversation.id)
    bootstrap.conversation_store().add_token(conversation.id, hash_secret(token))

    claimed = bootstrap.claim_service().claim(ADA, token)
    says(functions, claimed, "here I am")

    told_before, refused, greeted = told(functions, conversation)
    assert (told_before, greeted) == ("Please sign in.", "Hello ada")
    assert "sign in" in refused
    assert told(functions, begun(functions)) == ["Hello ada"]
