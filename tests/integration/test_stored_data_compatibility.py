"""Data that an earlier version of the code has stored is read, continued and deleted by this one.

``tests/stored_data`` has been recorded once and is not recorded again when the code changes; see its README.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import events
from tests.aws import Aws
from tests.integration.stored_data import (
    DELIVER_DELAYED,
    ERASE,
    EXPIRE,
    RELAY,
    RUN_TURN,
    StoredDeployment,
    facts,
    stored_deployment,
)
from tools.dead_letters import redrive


@pytest.fixture
def stored(deployed: Aws) -> Iterator[StoredDeployment]:
    with stored_deployment(deployed) as deployment:
        yield deployment


def answers(frames: list[dict[str, Any]]) -> list[str]:
    """Return the bot's messages of these frames."""
    return [frame["content"] for frame in frames if frame["type"] == "message" and frame["sender"] == "bot"]


def list_reads(*, export: bool) -> list[dict[str, Any]]:
    return [read for read in facts()["reads"] if (read["folder"] == "export_me") == export]


def collect(pages: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return everything on the pages of an export, in an order of its own."""
    return {
        "conversations": sorted((page["conversation"] for page in pages if "conversation" in page), key=_get_id),
        "messages": sorted((message for page in pages for message in page["messages"]), key=_get_id),
        "memories": [memory for page in pages for memory in page.get("memories", [])],
    }


def _get_id(item: dict[str, Any]) -> str:
    return str(item["id"])


def test_recorded_requests_and_cursors_get_recorded_answers(stored: StoredDeployment) -> None:
    for read in list_reads(export=False):
        parts = {name: read[name] for name in ("query", "conversation_id") if name in read}

        answer = stored.get(read["folder"], read["user"], **parts)

        # New cursors may have another form; that recorded ones continue is checked by the reads that have one.
        assert _without_cursor(answer) == _without_cursor(read["answer"]), parts
        assert ("next_cursor" in answer) == ("next_cursor" in read["answer"]), parts


def test_export_has_everything_that_was_recorded(stored: StoredDeployment) -> None:
    pages = [stored.get("export_me", "ada", query={})]
    while "next_cursor" in pages[-1]:
        pages.append(stored.get("export_me", "ada", query={"cursor": pages[-1]["next_cursor"]}))

    assert collect(pages) == collect([read["answer"] for read in list_reads(export=True)])


def _without_cursor(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "next_cursor"}


def list_answers(dialog: dict[str, Any]) -> list[str]:
    """Return the recorded answers, with files as maps: HEAR returned their links until ADR 52."""
    attached = [file for message in dialog["inputs"] for file in message.get("attachments", ())]
    maps = {
        json.dumps(file["url"]): json.dumps(
            {"name": file["name"], "size": None, "url": file["url"], "type": file["content_type"]}
        )
        for file in attached
    }
    answers: list[str] = []
    for answer in dialog["answers"]:
        changed = answer
        for url, file in maps.items():
            changed = changed.replace(f"is {url} for", f"is {file} for")
        answers.append(changed)
    return answers


def test_stored_dialogs_continue_to_their_ends(stored: StoredDeployment) -> None:
    for name, dialog in facts()["dialogs"].items():
        for suspended in dialog["stored"]:
            conversation_id = suspended["conversation_id"]
            for message in dialog["inputs"][suspended["done"] :]:
                stored.say(dialog["user"], conversation_id, **message)
                # A user may send 60 messages a minute.
                stored.clock.forward(seconds=1)

            assert stored.answers(dialog["user"], conversation_id) == list_answers(dialog), (name, suspended["done"])


def test_stored_rows_of_a_bot_are_found(stored: StoredDeployment) -> None:
    conversation_id = facts()["memory"]
    stored.say("ada", conversation_id, "rows")

    assert stored.answers("ada", conversation_id) == [
        "Who are you?",
        "Hello Ada",
        '[{"id": 1, "name": "Ada", "since": "2026-01-02", "score": 2.5}]',
        '[{"text": "free form", "parts": [1, 2], "id": 7}]',
    ]


def test_a_new_conversation_recalls_old_memories(stored: StoredDeployment) -> None:
    conversation_id = stored.get("start_conversation", "ada", body={"bot_id": "memory"})["conversation_id"]
    stored.functions.run_bots()
    stored.say("ada", conversation_id, "memories")

    assert stored.answers("ada", conversation_id) == [
        "Hello Ada",
        '{"colours": ["red", "blue"], "age": 36.5, "ok": true, "none": null} 2',
    ]


def test_a_retry_with_an_old_client_message_id_is_the_same_message(stored: StoredDeployment) -> None:
    conversation_id, retry = facts()["plain"], facts()["retry"]
    before = stored.messages("ada", conversation_id)

    status, answer = stored.request("send_message", "ada", conversation_id=conversation_id, body=retry["body"])
    changed = retry["body"] | {"content": "other"}
    refused, _ = stored.request("send_message", "ada", conversation_id=conversation_id, body=changed)

    assert (status, answer) == (200, retry["answer"])
    assert refused == 409
    assert stored.messages("ada", conversation_id) == before


def test_conversations_are_archived_reopened_and_deleted_as_stored(stored: StoredDeployment) -> None:
    archived, deleted = facts()["archived"], facts()["deleted"]

    assert stored.get("get_conversation", "ada", conversation_id=archived)["status"] == "archived"
    reopened = stored.get("update_conversation", "ada", conversation_id=archived, body={"status": "active"})
    assert reopened["status"] == "active"
    assert stored.request("get_conversation", "ada", conversation_id=deleted)[0] == 404
    active = stored.get("list_conversations", "ada", query={"status": "active"})
    assert active["total"] == 6
    assert archived in [each["id"] for each in active["conversations"]]


# ---------------------------------------------------------------------------------------------------------- visitors


def test_a_visitor_resumes_with_an_old_token(stored: StoredDeployment) -> None:
    visitor = facts()["visitor"]

    (connected,) = stored.open_socket("new", session_token=visitor["token"])
    resumed = stored.send_frame("resume", "visitor", "new", type="resume", session_id=visitor["session_id"])

    assert (connected["status"], connected["session_id"]) == ("connected", visitor["session_id"])
    assert [frame for frame in resumed if frame.get("sender") == "bot"] == visitor["messages"]
    assert resumed[-1]["status"] == "resumed"


def test_a_visitor_retries_and_continues_on_an_old_socket(stored: StoredDeployment) -> None:
    frame = {"type": "message", "content": "eve", "client_message_id": "visitor-eve"}

    (retried, *_) = stored.send_frame("message", "visitor", "visitor", **frame)
    frames = stored.send_frame("message", "visitor", "visitor", type="message", content="bye")

    assert retried == facts()["visitor"]["acks"][0]
    assert answers(frames) == ["Bye Eve"]


def test_a_user_claims_and_continues_a_visitors_conversation(stored: StoredDeployment) -> None:
    visitor = facts()["claimed"]

    claimed = stored.get("claim_conversation", "ada", body={"session_token": visitor["token"]})
    stored.say("ada", claimed["conversation_id"], "prices")

    assert claimed["session_id"] == visitor["session_id"]
    assert stored.frames("claimed")[-1] == {
        "type": "status",
        "status": "claimed",
        "session_id": visitor["session_id"],
    }
    assert [each["content"] for each in stored.messages("ada", claimed["conversation_id"])] == [
        "Hello! Who are you?",
        "bob",
        "Hi Bob",
        "prices",
        "Bob wants: Prices",
    ]


def test_a_visitor_who_signs_in_continues_a_suspended_login(stored: StoredDeployment) -> None:
    token = facts()["signing_in"]["token"]

    claimed = stored.get("claim_conversation", "ada", body={"session_token": token})
    stored.say("ada", claimed["conversation_id"], "here I am")

    assert stored.answers("ada", claimed["conversation_id"])[-1] == "You are ada"


def test_an_old_expiry_check_ends_a_visit_in_time(stored: StoredDeployment) -> None:
    body, session_id = facts()["bodies"]["expiry"], facts()["expiring"]["session_id"]

    stored.process(EXPIRE, body)
    assert json.loads(stored.sent[-1][1]) == json.loads(body)
    stored.clock.forward(minutes=30)
    stored.process(EXPIRE, body)

    assert stored.frames("expiring") == [{"type": "status", "status": "expired", "session_id": session_id}]


# ------------------------------------------------------------------------------------------------------------- queues


def test_old_work_is_processed(stored: StoredDeployment) -> None:
    bodies = facts()["bodies"]
    stored.process(RUN_TURN, bodies["welcome"], bodies["open"], bodies["answer"], *bodies["in_order"])

    (connected, *_) = stored.frames("tablet")
    assert (connected["status"], connected["session_id"]) == ("connected", facts()["busy_session"])
    assert stored.answers("busy", facts()["opened"]) == ["1. apple?"]
    assert answers(stored.frames("phone"))[-3:] == ["Hi! How can I help you?", "Nothing.", "Really nothing."]
    assert stored.answers("busy", facts()["busy"]) == ["Welcome.", "Hi! How can I help you?"]
    assert stored.answers("busy", facts()["in_order"]) == ["Hi! How can I help you?", "Nothing.", "Really nothing."]


def test_an_old_message_that_was_not_queued_is_relayed(stored: StoredDeployment) -> None:
    unqueued = facts()["unqueued"]
    event = events.event(RELAY)
    event["Records"][0]["dynamodb"]["Keys"] = unqueued["keys"]

    stored.functions.invoke(RELAY, event)
    stored.functions.check_outbox()
    stored.functions.run_bots()

    assert stored.answers("busy", unqueued["conversation_id"]) == ["Welcome.", "Hi! How can I help you?"]


def test_old_delayed_messages_are_delivered_one_after_the_other(stored: StoredDeployment) -> None:
    connect(stored, facts()["waiting"])

    stored.process(DELIVER_DELAYED, facts()["bodies"]["waiting"])
    first = answers(stored.frames("laptop"))
    stored.process(DELIVER_DELAYED, stored.sent[-1][1])

    assert stored.sent[-1][0] == "tellings"
    assert first == ["Two."]
    assert answers(stored.frames("laptop")) == ["Two.", "Three."]


def test_old_delayed_messages_come_before_the_next_answer_and_once(stored: StoredDeployment) -> None:
    interrupted = facts()["interrupted"]
    connect(stored, interrupted)

    stored.say(interrupted["user"], interrupted["conversation_id"], "stop")
    stored.process(DELIVER_DELAYED, facts()["bodies"]["interrupted"])

    assert answers(stored.frames("laptop")) == ["Two.", "Three.", "You said stop"]


def connect(stored: StoredDeployment, conversation: dict[str, str]) -> None:
    """Open a socket of a user and drop the frames of its welcome."""
    ticket = stored.get("create_ticket", conversation["user"])["ticket"]
    stored.open_socket("laptop", ticket=ticket)
    stored.frames("laptop").clear()


def test_old_work_that_was_given_up_is_redriven(stored: StoredDeployment) -> None:
    dead_letters, turns = (stored.aws.names[name] for name in ("RepliesDeadLetters", "RepliesQueue"))
    stored.aws.sqs.send_message(
        QueueUrl=dead_letters,
        MessageBody=facts()["bodies"]["given_up"],
        MessageGroupId="group",
        MessageDeduplicationId="given-up",
    )

    assert len(list(redrive(stored.aws.sqs, dead_letters_url=dead_letters, queue_url=turns))) == 1
    stored.functions.run_bots()

    assert stored.answers("busy", facts()["given_up"]) == ["Hi! How can I help you?"]


def test_old_erasures_are_finished(stored: StoredDeployment) -> None:
    bodies = facts()["bodies"]
    conversation_ids = [facts()[name].removeprefix("conv-") for name in ("deleted", "erased")]
    assert stored_conversation_ids(stored).issuperset(conversation_ids)

    stored.process(ERASE, bodies["erasure"], bodies["user_erasure"])

    assert stored_conversation_ids(stored).isdisjoint(conversation_ids)
    assert stored.get("export_me", "gone") == {"messages": []}
    assert stored.get("list_conversations", "gone")["total"] == 0
    assert stored.get("list_conversations", "ada")["total"] == 6


def test_memories_of_an_erased_user_are_deleted(stored: StoredDeployment) -> None:
    stored.process(ERASE, facts()["bodies"]["user_erasure"])
    conversation_id = stored.get("start_conversation", "gone", body={"bot_id": "memory"})["conversation_id"]
    stored.functions.run_bots()

    assert stored.answers("gone", conversation_id) == ["Who are you?"]


def stored_conversation_ids(stored: StoredDeployment) -> set[str]:
    rows = {item["id"]["S"] for item in stored.aws.list_items("SessionsTable")}
    return rows | {item["session_id"]["S"] for item in stored.aws.list_items("MessageHistoryTable")}


# --------------------------------------------------------------------------------------------- effects happen once


def test_interrupted_turns_are_repeated_without_their_effects(stored: StoredDeployment) -> None:
    """The host of the request does not exist and the row is deleted: a repeated effect would have another result."""
    for name, earlier in (("cut_answer", ["What shall I order?"]), ("cut_open", [])):
        stored.process(RUN_TURN, facts()["bodies"][name], tries=2)

        cut = facts()[name]
        assert stored.answers(cut["user"], cut["conversation_id"]) == [*earlier, cut["answer"]]
        stored.say(cut["user"], cut["conversation_id"], "more")
        assert stored.answers(cut["user"], cut["conversation_id"])[-1] == "Bye"


def test_old_webhook_deliveries_keep_their_answers_and_interrupted_ones_are_finished(stored: StoredDeployment) -> None:
    for kind in ("answered", "cut"):
        delivery = facts()["webhooks"][kind]
        for _ in range(2):
            answer = stored.deliver_webhook(delivery["key"], delivery["order"])
            assert answer == (200, json.loads(delivery["body"]))

    assert stored.deliver_webhook("delivery-1", 9)[0] == 409


def test_an_old_ticket_opens_a_socket_once(stored: StoredDeployment) -> None:
    ticket = facts()["ticket"]

    assert stored.open_socket("laptop", ticket=ticket["ticket"])[0]["status"] == "connected"
    for used in (ticket["ticket"], ticket["used"]):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            stored.open_socket("laptop", ticket=used)


def test_a_used_up_limit_refuses_until_its_minute_is_over(stored: StoredDeployment) -> None:
    assert stored.request("list_conversations", "limited")[0] == 429
    stored.clock.forward(minutes=2)
    assert stored.request("list_conversations", "limited")[0] == 200
