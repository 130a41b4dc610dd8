"""Uploads of the Python client: the frames and the outbox. The form is in tests/integration."""

from collections.abc import Mapping
from typing import Any

from general_bots_conversations.core.conversation import ConversationState
from general_bots_conversations.models import Attachment, UploadedFile
from tests.unit.python_client.harness import Harness
from tests.unit.python_client.test_machine import open_live

FILE = UploadedFile("f" * 40, Attachment("a.txt", "text/plain", "https://chat.example/f"))
DESCRIPTION = {"name": "a.txt", "content_type": "text/plain", "size": 5}


def begin(harness: Harness, conversation: ConversationState) -> tuple[Mapping[str, Any], list[Any]]:
    """Begin an upload; return the frame and the results."""
    results: list[Any] = []
    harness.do(lambda: conversation.begin_upload(DESCRIPTION, results.append))
    harness.settle(1)
    return next(frame for frame in harness.server.received if frame["type"] == "upload"), results


def answer(harness: Harness, frame: Mapping[str, Any], **fields: object) -> None:
    ids = {"session_id": frame["session_id"], "client_upload_id": frame["client_upload_id"]}
    harness.server.broadcast({**ids, **fields})
    harness.settle(1)


def test_form_is_asked_for_over_the_socket() -> None:
    harness, conversation = open_live(is_user=False)
    frame, results = begin(harness, conversation)
    assert frame.items() >= DESCRIPTION.items()

    answer(harness, frame, type="upload", file_id="f", attachment={}, upload={"url": "u"})

    assert [result["file_id"] for result in results] == ["f"]


def test_refusal_is_the_result_of_the_upload_and_of_no_message() -> None:
    harness, conversation = open_live(is_user=False)
    frame, results = begin(harness, conversation)
    harness.do(lambda: conversation.send("Hello"))

    answer(harness, frame, type="error", error="invalid_request", message="too large")

    assert [(result.error, str(result)) for result in results] == [("invalid_request", "too large")]
    assert [message.delivery for message in conversation.timeline.messages][:1] == ["delivered"]


def test_message_with_a_file_is_shown_at_once_and_sent_after_a_crash() -> None:
    harness, conversation = open_live(is_user=False)
    harness.cut()
    harness.do(lambda: conversation.send("Look", files=[FILE]))
    assert conversation.timeline.messages[-1].attachments == (FILE.attachment,)

    harness.crash()
    again = harness.machine.open_conversation(None)
    harness.do(harness.machine.connect)
    harness.settle(30)

    sent = [frame for frame in harness.server.received if frame["type"] == "message"]
    assert sent[-1]["attachments"] == [{"file_id": FILE.file_id}]
    assert again.timeline.messages[0].content == "Look"
