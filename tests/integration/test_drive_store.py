"""Contract suite of ``DriveStore``, for the fake and the adapter, and what the adapter alone has."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conversations.adapters.drive_store import S3DriveStore
from conversations.adapters.dynamodb.schema import drive_files, sessions
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain import ids
from conversations.domain.conversation import GREETING_SEQ, Conversation
from conversations.domain.drive import MAX_FILES, DriveError, DriveWriter, StoredFile
from conversations.domain.errors import UnavailableError
from conversations.ports.drive import DriveStore
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_user, a_visitor
from tools.bots import memory_drive
from tools.bots.memory_drive import InMemoryDriveStore

ADA, EVE = a_user("ada"), a_user("eve")


@dataclass
class Drive:
    """A store with the conversations that write to it.

    Attributes
    ----------
    store
        The store.
    put_conversation
        Stores a conversation.
    count_contents
        Returns how many contents are stored.
    """

    store: DriveStore
    put_conversation: Callable[[Conversation], None]
    count_contents: Callable[[], int]
    effects: int = 0

    def writer(self, conversation: Conversation | None = None) -> DriveWriter:
        """Return the writer of a new effect."""
        self.effects += 1
        owner = None if conversation is None else conversation.owner
        conversation_id = None if conversation is None else conversation.id
        anonymous = conversation is not None and conversation.anonymous
        return DriveWriter(owner, conversation_id, anonymous, f"effect-{self.effects}", MORNING)

    def write(self, path: str, text: str, writer: DriveWriter | None = None, bot_id: str = "shop") -> StoredFile:
        return self.store.write(bot_id, path, text.encode(), "text/plain", writer or self.writer())

    def read(self, path: str, bot_id: str = "shop") -> str | None:
        file = self.store.find(bot_id, path)
        content = None if file is None else self.store.read(file)
        return None if content is None else content.decode()

    def paths(self, folder: str = "", bot_id: str = "shop") -> list[str]:
        return [file.path for file in self.store.list_folder(bot_id, folder, limit=100)]

    def owned(self, owner: str) -> list[str]:
        return [f"{file.bot_id}/{file.path}" for file in self.store.list_by_owner(owner, limit=100).items]


def memory_drive_() -> Drive:
    conversations: dict[str, Conversation] = {}

    def put(conversation: Conversation) -> None:
        conversations[conversation.id] = conversation

    def may_write(writer: DriveWriter) -> bool:
        conversation = conversations.get(writer.conversation_id or "")
        if conversation is None or conversation.owner != writer.owner or conversation.is_gone(MORNING):
            return False
        return conversation.is_pending(GREETING_SEQ if writer.message_id is None else ids.get_seq(writer.message_id))

    store = InMemoryDriveStore(may_write)
    return Drive(store, put, lambda: len(store.contents))


def s3_drive(where: Aws) -> Drive:
    sessions_table, bucket = where.names["SessionsTable"], where.names["DriveBucket"]
    store = S3DriveStore(
        client=where.dynamodb,
        s3=lambda: where.s3,
        bucket=bucket,
        table=where.names["BotDataTable"],
        sessions_table=sessions_table,
        now=lambda: MORNING,
    )

    def put(conversation: Conversation) -> None:
        item = sessions.build_conversation_item(conversation)
        if conversation.deleted:
            item |= {"deleted_at": "2026-01-01T00:00:00.000Z"}
        if conversation.failed_message_ids:
            item |= {"given_up": list(conversation.failed_message_ids)}
        where.dynamodb.put_item(TableName=sessions_table, Item=serialize(item))

    return Drive(store, put, lambda: where.s3.list_objects_v2(Bucket=bucket)["KeyCount"])


@pytest.fixture(params=["memory", "s3"])
def drive(request: pytest.FixtureRequest) -> Drive:
    """The fake, and then the adapter."""
    return memory_drive_() if request.param == "memory" else s3_drive(request.getfixturevalue("deployed"))


def test_file_is_read_as_it_was_written(drive: Drive) -> None:
    written = drive.write("reports/a.txt", "Olá")

    assert drive.store.find("shop", "reports/a.txt") == written
    assert (written.size, written.content_type, written.written_at, written.owner) == (4, "text/plain", MORNING, None)
    assert drive.read("reports/a.txt") == "Olá"
    assert drive.store.find("shop", "reports/b.txt") is None
    assert drive.store.find("other", "reports/a.txt") is None


def test_file_is_replaced_and_its_earlier_content_is_deleted(drive: Drive) -> None:
    before = drive.write("a.txt", "one")
    drive.write("a.txt", "two")

    assert drive.read("a.txt") == "two"
    assert drive.store.read(before) is None
    assert drive.count_contents() == 1


def test_repeated_write_changes_nothing(drive: Drive) -> None:
    writer = drive.writer()
    first = drive.write("a.txt", "one", writer)

    assert drive.write("a.txt", "one", writer) == first
    assert drive.read("a.txt") == "one"
    assert drive.count_contents() == 1


def test_folder_lists_its_files_in_order(drive: Drive) -> None:
    for path in ("b/2.txt", "a.txt", "b/1.txt", "b/c/3.txt", "bc.txt", "é.txt"):
        drive.write(path, "x")
    drive.write("b/0.txt", "x", bot_id="other")

    assert drive.paths("b/") == ["b/1.txt", "b/2.txt", "b/c/3.txt"]
    assert drive.paths() == ["a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt", "bc.txt", "é.txt"]
    assert [file.path for file in drive.store.list_folder("shop", "b/", limit=2)] == ["b/1.txt", "b/2.txt"]


def test_move_renames_and_replaces(drive: Drive) -> None:
    drive.write("a.txt", "one")
    drive.write("b.txt", "two")
    writer = drive.writer()

    moved = drive.store.move("shop", "a.txt", "b.txt", writer)

    assert drive.paths() == ["b.txt"]
    assert drive.read("b.txt") == "one"
    assert drive.count_contents() == 1
    assert drive.store.move("shop", "a.txt", "b.txt", writer) == moved
    assert drive.read("b.txt") == "one"


def test_repeated_move_leaves_a_new_file_of_the_old_path(drive: Drive) -> None:
    drive.write("a.txt", "one")
    writer = drive.writer()
    drive.store.move("shop", "a.txt", "b.txt", writer)
    drive.write("a.txt", "new")

    drive.store.move("shop", "a.txt", "b.txt", writer)

    assert [drive.read("a.txt"), drive.read("b.txt")] == ["new", "one"]


def test_move_of_a_missing_file_is_refused(drive: Drive) -> None:
    with pytest.raises(DriveError, match=r"there is no file a\.txt"):
        drive.store.move("shop", "a.txt", "b.txt", drive.writer())


def test_deleted_file_is_gone_with_its_content(drive: Drive) -> None:
    drive.write("a.txt", "one")

    drive.store.delete("shop", "a.txt", drive.writer())
    drive.store.delete("shop", "a.txt", drive.writer())

    assert drive.paths() == []
    assert drive.count_contents() == 0


# ------------------------------------------------------------------------------------------------------------- owners
def test_files_are_listed_by_owner(drive: Drive) -> None:
    ada, eve = a_conversation(ADA), a_conversation(EVE)
    drive.put_conversation(ada)
    drive.put_conversation(eve)
    drive.write("b.txt", "x", drive.writer(ada))
    drive.write("a#1.txt", "x", drive.writer(ada))
    drive.write("a.txt", "x", drive.writer(ada), bot_id="another")
    drive.write("c.txt", "x", drive.writer(eve))
    drive.write("d.txt", "x")

    assert drive.owned(ADA.owner) == ["another/a.txt", "shop/a#1.txt", "shop/b.txt"]
    first = drive.store.list_by_owner(ADA.owner, limit=2)
    assert first.has_more
    last = first.items[-1]
    rest = drive.store.list_by_owner(ADA.owner, limit=2, after=(last.bot_id, last.path))
    assert [file.path for file in (*first.items, *rest.items)] == ["a.txt", "a#1.txt", "b.txt"]


def test_file_belongs_to_who_wrote_it_last(drive: Drive) -> None:
    ada, eve = a_conversation(ADA), a_conversation(EVE)
    drive.put_conversation(ada)
    drive.put_conversation(eve)
    drive.write("a.txt", "x", drive.writer(ada))
    drive.write("a.txt", "y", drive.writer(eve))

    assert (drive.owned(ADA.owner), drive.owned(EVE.owner)) == ([], ["shop/a.txt"])
    drive.write("a.txt", "z")
    assert drive.owned(EVE.owner) == []


def test_moved_file_keeps_its_owner(drive: Drive) -> None:
    ada, eve = a_conversation(ADA), a_conversation(EVE)
    drive.put_conversation(ada)
    drive.put_conversation(eve)
    drive.write("a.txt", "x", drive.writer(ada))
    drive.write("b.txt", "y", drive.writer(eve))

    drive.store.move("shop", "a.txt", "b.txt", drive.writer(eve))

    assert (drive.owned(ADA.owner), drive.owned(EVE.owner)) == (["shop/b.txt"], [])


def test_erasure_deletes_the_files_of_one_owner(drive: Drive) -> None:
    ada, eve = a_conversation(ADA), a_conversation(EVE)
    drive.put_conversation(ada)
    drive.put_conversation(eve)
    for number in range(30):
        drive.write(f"{number}.txt", "x", drive.writer(ada))
    drive.write("eve.txt", "x", drive.writer(eve))
    drive.write("bot.txt", "x")

    while not drive.store.erase_by_owner(ADA.owner):
        pass

    assert drive.owned(ADA.owner) == []
    assert drive.paths() == ["bot.txt", "eve.txt"]
    assert drive.count_contents() == 2


@pytest.mark.parametrize(
    "changes", [{"deleted": True}, {"owner": EVE.owner}, {"expires_at": MORNING - timedelta(seconds=1)}]
)
def test_nothing_is_written_for_a_conversation_that_is_gone(drive: Drive, changes: dict[str, Any]) -> None:
    conversation = a_conversation(ADA)
    drive.put_conversation(conversation.model_copy(update=changes))
    drive.write("b.txt", "x")

    with pytest.raises(UnavailableError):
        drive.write("a.txt", "x", drive.writer(conversation))
    with pytest.raises(UnavailableError):
        drive.store.move("shop", "b.txt", "c.txt", drive.writer(conversation))

    assert drive.paths() == ["b.txt"]


def test_nothing_changes_for_a_turn_that_is_over(drive: Drive) -> None:
    conversation = a_conversation(ADA)
    question = ids.new_message_id(MORNING, 1)
    turn = replace(drive.writer(conversation), message_id=question)
    drive.put_conversation(conversation.model_copy(update={"pending_message_ids": (question,)}))
    drive.write("a.txt", "x", turn)
    drive.write("b.txt", "x")

    drive.put_conversation(conversation.model_copy(update={"answered_seq": 1}))
    late = replace(turn, effect="late")
    with pytest.raises(UnavailableError):
        drive.write("c.txt", "x", late)
    with pytest.raises(UnavailableError):
        drive.store.move("shop", "b.txt", "c.txt", late)
    with pytest.raises(UnavailableError):
        drive.store.delete("shop", "b.txt", late)
    with pytest.raises(UnavailableError):
        drive.write("c.txt", "x", replace(late, message_id=None))

    assert drive.paths() == ["a.txt", "b.txt"]


def test_turn_that_has_failed_before_may_write(drive: Drive) -> None:
    conversation = a_conversation(ADA)
    question = ids.new_message_id(MORNING, 1)
    failed = conversation.model_copy(update={"failed_message_ids": (question,), "answered_seq": 3})
    drive.put_conversation(failed)

    drive.write("a.txt", "x", replace(drive.writer(conversation), message_id=question))

    assert drive.paths() == ["a.txt"]


def test_visitors_file_replaces_none_that_stays(drive: Drive) -> None:
    visitor = a_conversation(a_visitor())
    drive.put_conversation(visitor)
    drive.write("bot.txt", "x")
    drive.write("mine.txt", "x", drive.writer(visitor))
    drive.write("mine.txt", "y", drive.writer(visitor))

    with pytest.raises(DriveError, match=r"bot\.txt was not written for a visitor"):
        drive.write("bot.txt", "y", drive.writer(visitor))
    with pytest.raises(DriveError, match=r"bot\.txt was not written for a visitor"):
        drive.store.move("shop", "mine.txt", "bot.txt", drive.writer(visitor))

    assert (drive.read("bot.txt"), drive.read("mine.txt")) == ("x", "y")


def test_claim_transfers_the_files_of_a_visitor(drive: Drive) -> None:
    visitor = a_visitor()
    conversation = a_conversation(visitor)
    drive.put_conversation(conversation)
    for number in range(30):
        drive.write(f"{number:02}.txt", "x", drive.writer(conversation))

    drive.store.transfer(visitor.owner, ADA.owner)
    drive.store.transfer(visitor.owner, ADA.owner)

    assert drive.owned(visitor.owner) == []
    assert len(drive.owned(ADA.owner)) == 30
    assert not any(file.anonymous for file in drive.store.list_by_owner(ADA.owner, limit=100).items)


# ------------------------------------------------------------------------------------------------------------- limits
def test_drive_has_a_number_of_files(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drive_files, memory_drive):
        monkeypatch.setattr(module, "MAX_FILES", 2)
    drive.write("a.txt", "x")
    drive.write("b.txt", "x")

    with pytest.raises(DriveError, match=f"has {MAX_FILES:,} files|has 2 files"):
        drive.write("c.txt", "x")
    drive.write("a.txt", "y")
    drive.store.delete("shop", "b.txt", drive.writer())
    drive.write("c.txt", "x")
    drive.store.move("shop", "c.txt", "a.txt", drive.writer())
    drive.write("d.txt", "x")

    assert drive.paths() == ["a.txt", "d.txt"]


def test_drive_has_a_number_of_bytes(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drive_files, memory_drive):
        monkeypatch.setattr(module, "MAX_DRIVE_BYTES", 10)
    drive.write("a.txt", "x" * 6)

    with pytest.raises(DriveError, match="MB at most"):
        drive.write("b.txt", "x" * 5)
    drive.write("a.txt", "x" * 10)
    drive.write("a.txt", "x")
    drive.write("b.txt", "x" * 9)
    drive.write("other.txt", "x" * 10, bot_id="other")
    drive.store.delete("shop", "b.txt", drive.writer())
    drive.write("c.txt", "x" * 9)

    assert drive.paths() == ["a.txt", "c.txt"]


# ------------------------------------------------------------------------------------------------------- the adapter
class KilledError(Exception):
    """The function was killed."""


def kill_at(deployed: Aws, operation: str, number: int = 1, *, after: bool = False) -> Callable[[], None]:
    """Let the ``number``-th request of an operation kill the function; return what revives it."""
    service = "s3" if operation.endswith("Object") else "dynamodb"
    client: Any = deployed.s3 if service == "s3" else deployed.dynamodb
    event = f"{'after' if after else 'before'}-call.{service}.{operation}"
    calls = 0

    def kill(**_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise KilledError

    client.meta.events.register(event, kill)
    return lambda: client.meta.events.unregister(event, kill)


KILLS = [
    (operation, after) for operation in ("PutObject", "TransactWriteItems", "DeleteObject") for after in (False, True)
]


@pytest.mark.parametrize(("operation", "after"), KILLS)
def test_interrupted_write_is_finished_by_its_repetition(deployed: Aws, operation: str, after: bool) -> None:
    drive = s3_drive(deployed)
    drive.write("a.txt", "one")
    writer = drive.writer()
    revive = kill_at(deployed, operation, after=after)

    with pytest.raises(KilledError):
        drive.write("a.txt", "two", writer)
    assert drive.read("a.txt") in ("one", "two")
    revive()
    drive.write("a.txt", "two", writer)

    assert drive.read("a.txt") == "two"
    assert drive.count_contents() == 1


@pytest.mark.parametrize(("operation", "after"), KILLS[2:])
def test_interrupted_move_is_finished_by_its_repetition(deployed: Aws, operation: str, after: bool) -> None:
    drive = s3_drive(deployed)
    drive.write("a.txt", "one")
    drive.write("b.txt", "two")
    writer = drive.writer()
    revive = kill_at(deployed, operation, after=after)

    with pytest.raises(KilledError):
        drive.store.move("shop", "a.txt", "b.txt", writer)
    revive()
    drive.store.move("shop", "a.txt", "b.txt", writer)

    assert drive.paths() == ["b.txt"]
    assert drive.read("b.txt") == "one"
    assert drive.count_contents() == 1


@pytest.mark.parametrize(("operation", "after"), KILLS[2:])
def test_interrupted_erasure_is_finished_by_its_repetition(deployed: Aws, operation: str, after: bool) -> None:
    drive = s3_drive(deployed)
    conversation = a_conversation(ADA)
    drive.put_conversation(conversation)
    drive.write("a.txt", "one", drive.writer(conversation))
    revive = kill_at(deployed, operation, after=after)

    with pytest.raises(KilledError):
        drive.store.erase_by_owner(ADA.owner)
    revive()
    drive.store.erase_by_owner(ADA.owner)

    assert (drive.paths(), drive.owned(ADA.owner), drive.count_contents()) == ([], [], 0)


def test_content_that_a_crash_left_is_deleted_with_its_file(deployed: Aws) -> None:
    drive = s3_drive(deployed)
    drive.write("a.txt", "one")
    revive = kill_at(deployed, "DeleteObject")
    with pytest.raises(KilledError):
        drive.write("a.txt", "two")
    revive()
    assert drive.count_contents() == 2

    drive.store.delete("shop", "a.txt", drive.writer())

    assert drive.count_contents() == 0


@pytest.mark.parametrize(
    ("event", "content", "size"),
    [("dynamodb.TransactWriteItems", "two", "3"), ("s3.PutObject", "another", "7")],
    ids=["before", "after"],
)
def test_last_of_two_concurrent_writes_wins_and_is_counted_once(
    deployed: Aws, event: str, content: str, size: str
) -> None:
    drive, other = s3_drive(deployed), s3_drive(deployed)
    other.effects = 100
    drive.write("a.txt", "one")
    written = False

    def write_too(**_: object) -> None:
        nonlocal written
        if not written:
            written = True
            other.write("a.txt", "another")

    client: Any = deployed.s3 if event.startswith("s3") else deployed.dynamodb
    client.meta.events.register(f"before-call.{event}", write_too)
    try:
        drive.write("a.txt", "two")
    finally:
        client.meta.events.unregister(f"before-call.{event}", write_too)

    assert (drive.read("a.txt"), drive.count_contents()) == (content, 1)
    key = serialize({"bot_table": "shop#!usage", "id": "drive"})
    use = deployed.dynamodb.get_item(TableName=deployed.names["BotDataTable"], Key=key)["Item"]
    assert (use["files"]["N"], use["bytes"]["N"]) == ("1", size)


def test_content_that_arrives_after_the_erasure_is_deleted(deployed: Aws) -> None:
    drive, other = s3_drive(deployed), s3_drive(deployed)
    conversation = a_conversation(ADA)
    drive.put_conversation(conversation)

    def erase(**_: object) -> None:
        while not other.store.erase_by_owner(ADA.owner):
            pass

    deployed.s3.meta.events.register("before-call.s3.PutObject", erase)
    try:
        drive.write("a.txt", "one", drive.writer(conversation))
    finally:
        deployed.s3.meta.events.unregister("before-call.s3.PutObject", erase)

    assert (drive.paths(), drive.owned(ADA.owner), drive.count_contents()) == ([], [], 0)


def test_content_that_was_moved_before_it_arrived_stays(deployed: Aws) -> None:
    drive, other = s3_drive(deployed), s3_drive(deployed)
    writer = drive.writer()

    def move(**_: object) -> None:
        deployed.s3.meta.events.unregister("before-call.s3.PutObject", move)
        # Another function has run the turn, too, and has gone on.
        other.write("a.txt", "one", writer)
        other.store.move("shop", "a.txt", "b.txt", other.writer())

    deployed.s3.meta.events.register("before-call.s3.PutObject", move)
    drive.write("a.txt", "one", writer)

    assert (drive.paths(), drive.read("b.txt"), drive.count_contents()) == (["b.txt"], "one", 1)


def test_reader_gets_the_earlier_content_until_the_new_one_is_there(deployed: Aws) -> None:
    drive, other = s3_drive(deployed), s3_drive(deployed)
    drive.write("a.txt", "one")
    seen: list[str | None] = []

    def look(**_: object) -> None:
        seen.append(other.read("a.txt"))

    deployed.s3.meta.events.register("before-call.s3.PutObject", look)
    try:
        drive.write("a.txt", "two")
    finally:
        deployed.s3.meta.events.unregister("before-call.s3.PutObject", look)

    assert (seen, drive.read("a.txt")) == (["one"], "two")


def test_unreachable_bucket_is_unavailable(deployed: Aws) -> None:
    drive = s3_drive(deployed)
    file = drive.write("a.txt", "one")

    def fail(**_: object) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

    deployed.s3.meta.events.register("before-call.s3.GetObject", fail)
    try:
        with pytest.raises(UnavailableError):
            drive.store.read(file)
    finally:
        deployed.s3.meta.events.unregister("before-call.s3.GetObject", fail)
