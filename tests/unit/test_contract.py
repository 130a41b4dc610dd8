"""What repeats the fields of the contract's models: the stored items, the views and the TypeScript client."""

import re

import pytest

from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.contract.client_frames import FRAME_OPERATIONS
from conversations.contract.messages import MessageView, get_message_fields
from conversations.contract.requests import MessageInput, SendMessageRequest
from conversations.contract.server_frames import ServerFrame
from conversations.domain import ids
from conversations.domain.knowledge import Source
from conversations.domain.message import AnswerInput, Attachment, Draft, Message, Suggestion
from tests.builders import MORNING, a_conversation_id, a_message
from tests.template import ROOT
from tools.api import asyncapi

PROTOCOL = (ROOT / "web/client/src/protocol.ts").read_text(encoding="utf-8")
ATTACHMENT = Attachment(name="a.txt", content_type="text/plain", url="https://example.com/a.txt")

FULL_MESSAGE = Message(
    **a_message(a_conversation_id(), client_message_id="m-1").model_dump(
        include={"id", "conversation_id", "seq", "sender", "content", "timestamp", "client_message_id"}
    ),
    attachments=(ATTACHMENT,),
    suggestions=(Suggestion(text="Yes", value="yes"),),
    answers=1,
    finish_reason="stopped",
    groups=frozenset({"hr"}),
    input=AnswerInput(type="date"),
    rating="up",
    sources=(Source(name="guide.pdf", heading="Returns", page=2, url="https://shop.example/guide"),),
)
"""A message whose fields all have a value of their own, although no real message has all of them."""


def test_full_message_sets_every_field() -> None:
    unset = set(Message.model_fields) - FULL_MESSAGE.model_fields_set

    assert unset == set(), f"set {unset} in FULL_MESSAGE of tests/unit/test_contract.py"


def test_stored_message_is_read_with_all_fields() -> None:
    item = serialize(message_history.build_message_item(FULL_MESSAGE, anonymous=False))

    assert message_history.parse_message(deserialize(item)) == FULL_MESSAGE, (
        "build_message_item and parse_message in adapters/dynamodb/schema/message_history.py need every stored field"
    )


def test_message_view_shows_all_its_fields() -> None:
    assert set(get_message_fields(FULL_MESSAGE)) == set(MessageView.model_fields), (
        "get_message_fields in contract/messages.py must return every field of MessageView"
    )


def test_draft_and_message_have_all_fields_of_the_request() -> None:
    request = SendMessageRequest(content="Hello", attachments=(ATTACHMENT,), client_message_id="m-1")
    message = request.to_draft().to_message(ids.new_message_id(MORNING, 1), a_conversation_id(), 1, MORNING)

    assert set(MessageInput.model_fields) == set(Draft.model_fields), "Draft in domain/message.py has other fields"
    for name in MessageInput.model_fields:
        expected = getattr(request, name)
        assert getattr(request.to_draft(), name) == expected, f"MessageInput.to_draft loses {name}"
        assert getattr(message, name) == expected, f"Draft.to_message loses {name}"


def test_client_declares_all_fields_of_a_message() -> None:
    declared = set(re.findall(r"readonly (\w+)\??:", PROTOCOL))
    missing = set(MessageView.model_fields) - declared

    assert missing == set(), f"add {missing} to StoredMessage in web/client/src/protocol.ts"


@pytest.mark.parametrize("frame", asyncapi.SERVER_FRAMES, ids=lambda frame: frame.__name__)
def test_client_declares_server_frame(frame: type[ServerFrame]) -> None:
    type_, _, status = asyncapi.get_title(frame).partition(" ")
    field, value = ("status", status) if status else ("type", type_)

    assert re.search(rf'readonly {field}: (".*" \| )?"{value}"', PROTOCOL), (
        f"declare {frame.__name__} in web/client/src/protocol.ts"
    )


def test_client_declares_client_frames() -> None:
    # The client has the frames of this API only.
    types = {operation.type for operation in FRAME_OPERATIONS if not operation.is_agent}
    missing = {each for each in types if f'type: "{each}"' not in PROTOCOL}

    assert missing == set(), f"declare the frames {missing} in web/client/src/protocol.ts"
