"""Contract suite of ``UploadStore``, for the fake and the adapter."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.sent_file_store import S3SentFileStore
from conversations.adapters.upload_store import S3UploadStore
from conversations.domain.conversation import Conversation
from conversations.domain.drive import MAX_FILE_BYTES
from conversations.domain.errors import ConflictError, DailyLimitError, NotFoundError
from conversations.domain.upload import MAX_BOT_BYTES, MAX_CONVERSATION_UPLOADS, SEND_LIFETIME, Upload
from conversations.ports.sent_files import SentFileStore
from conversations.ports.uploads import UploadStore
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_conversation_id, a_user, a_visitor
from tests.fakes.memory import Database, InMemoryConversationStore
from tests.fakes.uploads import InMemoryUploadStore
from tests.integration.stores import get_tables
from tests.integration.test_drive_store import KilledError, kill_at
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.memory_sent_files import InMemorySentFileStore

ADA, EVE = a_user("ada"), a_user("eve")
CONTENT = b"%PDF-1.7"


@dataclass(frozen=True)
class Uploading:
    """Uploads for one conversation.

    Attributes
    ----------
    store, files
        The uploads, and the files of conversations.
    put_conversation
        Stores a conversation.
    receive
        Stores a content as if the form had been sent.
    """

    store: UploadStore
    files: SentFileStore
    conversation: Conversation
    put_conversation: Callable[[Conversation], object]
    receive: Callable[[Upload, bytes], None]

    def add(self, file_id: str = "1", conversation: Conversation | None = None, size: int = len(CONTENT)) -> Upload:
        where = conversation or self.conversation
        upload = Upload(
            where.id, file_id, where.bot_id, "key", "a.pdf", "application/pdf", size, MORNING + SEND_LIFETIME
        )
        self.store.add(upload, where.owner, MORNING)
        return upload

    def check(self, upload: Upload) -> Upload:
        content = self.store.read_content(upload)
        assert content is not None
        return replace(upload, etag=content.etag)

    def keep(self, upload: Upload, owner: str = ADA.owner) -> bool:
        return self.store.keep(upload, owner, MORNING)

    def upload(self, file_id: str = "1", content: bytes = CONTENT) -> Upload:
        upload = self.add(file_id)
        self.receive(upload, content)
        return self.check(upload)


@pytest.fixture(params=["memory", "s3"])
def uploading(request: pytest.FixtureRequest) -> Uploading:
    """The fake, and then the adapter."""
    if request.param == "memory":
        memory = Database()
        files = InMemorySentFileStore(InMemoryDriveStore())
        conversations = InMemoryConversationStore(memory)
        store = InMemoryUploadStore(files, conversations.get)
        conversation = a_conversation(ADA, last_activity=MORNING)
        conversations.create(conversation)
        return Uploading(store, files, conversation, conversations.create, store.receive)
    return s3_uploading(request.getfixturevalue("deployed"))


def s3_uploading(where: Aws) -> Uploading:
    """Return the adapter on moto."""
    bucket, table = where.names["DriveBucket"], where.names["BotDataTable"]
    limits, sessions = where.names["LimitsTable"], where.names["SessionsTable"]
    store = S3UploadStore(where.dynamodb, lambda: where.s3, bucket, table, limits, sessions, upload_url="")
    conversations = DynamoDBConversationStore(where.dynamodb, get_tables(where))
    conversation = a_conversation(ADA, last_activity=MORNING)
    conversations.create(conversation)

    def receive(upload: Upload, content: bytes) -> None:
        key = store.sign(upload, MORNING).fields["key"]
        where.s3.put_object(Bucket=bucket, Key=key, Body=content)

    def check_source(params: dict[str, Any], **_: object) -> None:
        """Refuse the copy of another content, as S3 does; moto ignores the condition."""
        headers = params["headers"]
        source = unquote(headers["x-amz-copy-source"]).removeprefix(f"{bucket}/")
        found = where.s3.head_object(Bucket=bucket, Key=source)
        if headers.get("x-amz-copy-source-if-match", found["ETag"]) != found["ETag"]:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")

    where.s3.meta.events.register("before-call.s3.CopyObject", check_source)
    files = S3SentFileStore(where.dynamodb, lambda: where.s3, bucket, table)
    return Uploading(store, files, conversation, conversations.create, receive)


def test_upload_is_found(uploading: Uploading) -> None:
    upload = uploading.add()

    assert uploading.store.find(uploading.conversation.id, "1") == upload
    assert uploading.store.find(uploading.conversation.id, "2") is None
    assert uploading.store.find(a_conversation_id(), "1") is None
    assert uploading.files.find(uploading.conversation.id, "1") is None


def test_content_is_read_once_it_is_there(uploading: Uploading) -> None:
    upload = uploading.add()
    assert uploading.store.read_content(upload) is None

    uploading.receive(upload, CONTENT + bytes(100_000))
    content = uploading.store.read_content(upload)

    assert content is not None
    assert (content.size, content.head[: len(CONTENT)], len(content.head)) == (100_008, CONTENT, 65_536)


def test_kept_file_is_a_file_of_the_conversation(uploading: Uploading) -> None:
    upload = uploading.upload()

    assert uploading.keep(upload)

    sent = uploading.files.find(uploading.conversation.id, "1")
    assert sent == upload.to_sent_file()
    assert uploading.files.read(sent) == CONTENT
    assert uploading.store.find(uploading.conversation.id, "1") == upload


def test_keeping_again_changes_nothing(uploading: Uploading) -> None:
    upload = uploading.upload()
    assert uploading.keep(upload)
    uploading.receive(upload, b"%PDF-2.0")

    assert uploading.keep(upload)
    sent = uploading.files.find(uploading.conversation.id, "1")
    assert sent is not None
    assert uploading.files.read(sent) == CONTENT


def test_content_that_was_exchanged_after_the_check_is_not_kept(uploading: Uploading) -> None:
    upload = uploading.upload()
    uploading.receive(upload, b"%PDF-2.0")

    assert not uploading.keep(upload)


def test_upload_needs_a_conversation_of_its_owner(uploading: Uploading) -> None:
    with pytest.raises(NotFoundError):
        uploading.store.add(uploading.add(), EVE.owner, MORNING)
    with pytest.raises(NotFoundError):
        uploading.add("2", a_conversation(ADA))
    visitors = a_conversation(a_visitor(), last_activity=MORNING - timedelta(hours=1))
    uploading.put_conversation(visitors)
    with pytest.raises(NotFoundError):
        uploading.add("3", visitors)


def test_nobody_else_keeps_an_upload(uploading: Uploading) -> None:
    upload = uploading.upload()

    with pytest.raises(NotFoundError):
        uploading.keep(upload, EVE.owner)
    assert uploading.files.find(uploading.conversation.id, "1") is None


def test_uploads_of_a_day_are_limited(uploading: Uploading) -> None:
    for number in range(MAX_CONVERSATION_UPLOADS):
        uploading.add(f"{number}")

    with pytest.raises(DailyLimitError) as refusal:
        uploading.add("more")
    assert 0 < refusal.value.retry_after <= 24 * 60 * 60 + 1
    assert uploading.store.find(uploading.conversation.id, "more") is None
    first = uploading.store.find(uploading.conversation.id, "1")
    assert first is not None
    uploading.store.add(replace(first, id="tomorrow"), ADA.owner, MORNING + timedelta(days=1))


def test_bytes_of_a_bot_are_limited_and_given_back(uploading: Uploading) -> None:
    large = replace(uploading.upload("large"), size=MAX_BOT_BYTES)
    small = uploading.upload("small")
    assert uploading.keep(large)

    with pytest.raises(ConflictError):
        uploading.keep(small)
    assert uploading.files.erase_by_conversation(uploading.conversation.id)
    again = uploading.upload("again")
    assert uploading.keep(again)


def test_erasure_erases_sent_and_unsent_files(uploading: Uploading) -> None:
    uploading.keep(uploading.upload("sent"))
    uploading.upload("unsent")

    while not uploading.files.erase_by_conversation(uploading.conversation.id):
        pass

    assert [uploading.store.find(uploading.conversation.id, name) for name in ("sent", "unsent")] == [None, None]


def test_erasure_erases_every_object(deployed: Aws) -> None:
    uploading = s3_uploading(deployed)
    uploading.keep(uploading.upload("sent"))
    uploading.upload("unsent")

    assert uploading.files.erase_by_conversation(uploading.conversation.id)

    assert deployed.s3.list_objects_v2(Bucket=deployed.names["DriveBucket"])["KeyCount"] == 0


@pytest.mark.parametrize(
    ("operation", "after"), [("TransactWriteItems", True), ("CopyObject", False), ("CopyObject", True)]
)
def test_interrupted_keeping_is_finished_by_its_repetition(deployed: Aws, operation: str, after: bool) -> None:
    uploading = s3_uploading(deployed)
    upload = uploading.upload()
    revive = kill_at(deployed, operation, after=after)
    with pytest.raises(KilledError):
        uploading.keep(upload)
    revive()

    assert uploading.keep(upload)
    sent = uploading.files.find(uploading.conversation.id, "1")
    assert sent is not None
    assert uploading.files.read(sent) == CONTENT


def test_file_that_is_erased_while_it_is_kept_leaves_no_object(deployed: Aws) -> None:
    uploading = s3_uploading(deployed)
    upload = uploading.upload()

    def erase(**_: object) -> None:
        deployed.s3.meta.events.unregister("before-call.s3.CopyObject", erase)
        key = {"bot_table": {"S": f"!sent#{upload.conversation_id}"}, "id": {"S": upload.id}}
        deployed.dynamodb.delete_item(TableName=deployed.names["BotDataTable"], Key=key)

    deployed.s3.meta.events.register("before-call.s3.CopyObject", erase)
    with pytest.raises(NotFoundError):
        uploading.keep(upload)

    kept = deployed.s3.list_objects_v2(Bucket=deployed.names["DriveBucket"], Prefix="!kept/")
    assert kept["KeyCount"] == 0


def test_form_accepts_one_key_type_and_size(deployed: Aws) -> None:
    uploading = s3_uploading(deployed)
    form = uploading.store.sign(uploading.add(size=MAX_FILE_BYTES), MORNING)

    assert form.fields["key"] == f"!new/{uploading.conversation.id}/1"
    assert form.fields["Content-Type"] == "application/pdf"
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert ["content-length-range", MAX_FILE_BYTES, MAX_FILE_BYTES] in policy["conditions"]
    assert {"Content-Type": "application/pdf"} in policy["conditions"]
    assert {"key": form.fields["key"]} in policy["conditions"]
