"""Uploads: files of users, their checks, their links and their end."""

import pytest

from conversations.domain import content_types
from conversations.domain.errors import (
    ConflictError,
    DailyLimitError,
    ForbiddenError,
    InvalidMessageError,
    NotFoundError,
    UnavailableError,
)
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.message import Draft, Message, UploadReference
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.domain.upload import MAX_CONVERSATION_UPLOADS, MAX_OWNER_UPLOADS, StartedUpload
from tests.builders import a_conversation, a_user, a_visitor, a_visitor_token
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(100)


class Room:
    """A conversation for which files are uploaded."""

    def __init__(self, owner: Principal = ADA, world: World | None = None) -> None:
        self.world = world or World()
        self.owner = owner
        self.conversation = self.world.add_conversation(a_conversation(owner, last_activity=self.world.clock()))

    def begin(self, name: str = "cat.png", content_type: str = "image/png", size: int = len(PNG)) -> StartedUpload:
        return self.world.upload_service.start(self.owner, self.conversation.id, name, content_type, size)

    def upload(self, content: bytes = PNG, name: str = "cat.png", content_type: str = "image/png") -> str:
        started = self.begin(name, content_type, len(content))
        self.world.uploads.receive(started.upload, content)
        return started.upload.id

    def send(self, *file_ids: str, key: str | None = None) -> Message:
        references = tuple(UploadReference(file_id=file_id) for file_id in file_ids)
        draft = Draft(content="Look", attachments=references, client_message_id=key)
        return self.world.messages.send(self.owner, self.conversation.id, draft)

    def list_messages(self) -> list[Message]:
        return self.world.list_messages(self.conversation.id)

    def open(self, file_id: str) -> bytes:
        """Open the link of a file."""
        upload = self.world.uploads.find(self.conversation.id, file_id)
        assert upload is not None
        assert self.world.downloads.get_download_url(self.conversation.id, file_id, upload.key)
        return self.world.sent_files.contents[self.conversation.id, file_id]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_message_shows_the_uploaded_file(owner: Principal) -> None:
    room = Room(owner)
    started = room.begin()
    room.world.uploads.receive(started.upload, PNG)

    message = room.send(started.upload.id)

    assert message.attachments == (started.attachment,)
    assert (started.attachment.name, started.attachment.content_type) == ("cat.png", "image/png")
    link = f"https://chat.example/api/conversations/conv-{room.conversation.id}/files/{started.upload.id}?key="
    assert started.attachment.url.startswith(link)
    assert room.open(started.upload.id) == PNG


def test_link_opens_nothing_before_the_file_is_sent() -> None:
    room = Room()
    file_id = room.upload()

    with pytest.raises(NotFoundError):
        room.open(file_id)


def test_retry_of_a_message_with_a_file_is_the_same_message() -> None:
    room = Room()
    file_id = room.upload()

    first = room.send(file_id, key="k")
    room.world.clock.forward(hours=20)

    assert room.send(file_id, key="k") == first
    assert len(room.list_messages()) == 1


def test_link_of_a_sent_file_stays_as_long_as_the_conversation() -> None:
    room = Room()
    file_id = room.upload()
    room.send(file_id)

    room.world.clock.forward(hours=24 * 365)

    assert room.open(file_id) == PNG
    assert room.send(file_id).attachments[0].name == "cat.png"


def test_only_the_owner_uploads() -> None:
    room = Room()

    with pytest.raises(ForbiddenError):
        room.world.upload_service.start(EVE, room.conversation.id, "cat.png", "image/png", 1)


def test_archived_conversation_takes_no_files() -> None:
    room = Room()
    room.world.memory.change(room.conversation.id, status="archived")

    with pytest.raises(ConflictError):
        room.begin()


def test_deployment_without_address_takes_no_files() -> None:
    room = Room()
    service = type(room.world.upload_service)(
        room.world.upload_service.conversations, room.world.uploads, "", room.world.clock
    )

    with pytest.raises(UnavailableError, match="RestUrl"):
        service.start(ADA, room.conversation.id, "cat.png", "image/png", 1)


def test_file_of_another_conversation_is_refused() -> None:
    room = Room()
    other = Room(world=room.world)

    with pytest.raises(InvalidMessageError, match="not uploaded for this conversation"):
        other.send(room.upload())
    assert other.list_messages() == []


def test_file_that_was_not_uploaded_is_refused() -> None:
    room = Room()

    with pytest.raises(InvalidMessageError, match=r"cat\.png has not been uploaded") as refusal:
        room.send(room.begin().upload.id)
    assert refusal.value.field == "attachments"
    assert room.list_messages() == []


def test_file_of_another_size_is_refused() -> None:
    room = Room()
    started = room.begin(size=5)
    room.world.uploads.receive(started.upload, PNG)

    with pytest.raises(InvalidMessageError, match="another size"):
        room.send(started.upload.id)


def test_file_that_was_uploaded_more_than_a_day_ago_is_refused() -> None:
    room = Room()
    file_id = room.upload()

    room.world.clock.forward(hours=25)

    with pytest.raises(InvalidMessageError, match="too long ago"):
        room.send(file_id)
    assert room.list_messages() == []


def test_refused_message_can_be_sent_again_without_the_file() -> None:
    room = Room()
    good, bad = room.upload(), room.upload(b"MZ\x90\x00\xff", name="cat.png")

    with pytest.raises(InvalidMessageError):
        room.send(good, bad, key="k")

    assert [file.name for file in room.send(good, key="k").attachments] == ["cat.png"]


def test_content_that_changes_after_the_check_is_not_kept() -> None:
    room = Room()
    started = room.begin()
    room.world.uploads.receive(started.upload, PNG)
    room.send(started.upload.id)

    room.world.uploads.receive(started.upload, PNG[:-1] + b"x")

    assert room.open(started.upload.id) == PNG


@pytest.mark.parametrize(
    ("name", "declared", "content", "settled"),
    [
        ("a.png", "image/png", PNG, "image/png"),
        ("a", "application/octet-stream", PNG, "image/png"),
        ("a.mov", "video/quicktime", MP4, "video/quicktime"),
        ("a.m4a", "audio/mp4", MP4, "audio/mp4"),
        ("voice.webm", "audio/webm", b"\x1aE\xdf\xa3" + bytes(9), "audio/webm"),
        ("a.csv", "text/csv", b"a,b", "text/csv"),
        ("a.csv", "application/vnd.ms-excel", b"a,b", "application/vnd.ms-excel"),
        ("a.html", "text/html", b"<html>", "text/html"),
        ("a.txt", "TEXT/Plain", b"\xc3\xa4", "text/plain"),
        ("a.bin", "application/x-own", b"\x00\x01", "application/octet-stream"),
        ("a.tif", "image/tiff", b"II*\x00", "application/octet-stream"),
        ("a.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", b"PK\x03\x04", None),
    ],
)
def test_type_is_that_of_the_content(name: str, declared: str, content: bytes, settled: str | None) -> None:
    found = content_types.settle_content_type(name, declared, content, is_complete=True)

    assert found == (settled or declared)


@pytest.mark.parametrize(
    ("name", "declared", "content"),
    [
        ("a.png", "image/png", b"<svg/>"),
        ("a", "image/png", b"MZ\x90\x00\xff"),
        ("a", "image/png", b"%PDF-1.7"),
        ("a.pdf", "application/octet-stream", PNG),
        ("a.txt", "text/plain", PNG),
        ("a", "video/mp4", b"text"),
    ],
)
def test_other_content_is_refused(name: str, declared: str, content: bytes) -> None:
    room = Room()
    file_id = room.upload(content, name, declared)

    with pytest.raises(InvalidMessageError, match="the content of"):
        room.send(file_id)
    assert room.list_messages() == []


def test_beginning_of_a_long_text_may_end_within_a_character() -> None:
    text = ("ä" * 40_000 + "x").encode()

    assert content_types.settle_content_type("a.txt", "text/plain", text[:65_535], is_complete=False) == "text/plain"


def test_uploads_of_a_day_are_limited_by_conversation_and_by_owner() -> None:
    room = Room()
    for _ in range(MAX_CONVERSATION_UPLOADS):
        room.begin()
    with pytest.raises(DailyLimitError):
        room.begin()

    others = [Room(world=room.world) for _ in range(2)]
    for number in range(MAX_OWNER_UPLOADS - MAX_CONVERSATION_UPLOADS):
        others[number % 2].begin()
    with pytest.raises(DailyLimitError):
        others[0].begin()
    room.world.clock.forward(hours=24)
    room.begin()


@pytest.mark.parametrize("everything", [False, True])
def test_erasure_erases_sent_and_unsent_files(*, everything: bool) -> None:
    room = Room()
    other = Room(EVE, room.world)
    room.send(room.upload())
    room.upload()
    kept = other.upload()
    other.send(kept)

    if everything:
        assert room.world.erasure.delete_user(ADA, time_left=lambda: 99)
    else:
        room.world.erasure.delete_conversation(ADA, room.conversation.id, time_left=lambda: 99)

    files = room.world.sent_files
    assert {key[0] for key in (*files.contents, *files.uploads, *files.received)} == {other.conversation.id}
    assert other.open(kept) == PNG


def test_files_of_a_visitor_end_with_the_conversation() -> None:
    room = Room(a_visitor())
    file_id = room.upload()
    room.send(file_id)

    room.world.clock.forward(hours=1)
    with pytest.raises(NotFoundError):
        room.open(file_id)
    with pytest.raises(NotFoundError):
        room.begin()
    room.world.expiry.check(ExpiryCheckJob(conversation_id=room.conversation.id))

    assert (room.world.sent_files.contents, room.world.sent_files.uploads) == ({}, {})


def test_message_may_have_links_and_files_in_any_order() -> None:
    room = Room()
    link = {"name": "a", "content_type": "text/plain", "url": "https://files.example/a"}
    draft = Draft.model_validate({"content": "x", "attachments": [link, {"file_id": room.upload()}, link]})

    message = room.world.messages.send(ADA, room.conversation.id, draft)

    assert [file.name for file in message.attachments] == ["a", "cat.png", "a"]


def test_draft_with_uploads_is_not_stored_as_it_is() -> None:
    with pytest.raises(TypeError):
        assert Draft(content="x", attachments=(UploadReference(file_id="0" * 40),)).links


def test_claim_keeps_the_files() -> None:
    room = Room(a_visitor())
    file_id, unsent = room.upload(), room.upload()
    room.send(file_id)
    token = a_visitor_token(room.conversation.id)
    room.world.memory.token_hashes[room.conversation.id] = [hash_secret(token)]

    room.world.claims.claim(ADA, token)

    room.owner = ADA
    room.world.clock.forward(hours=2)
    assert room.open(file_id) == PNG
    assert room.send(unsent).attachments[0].name == "cat.png"
