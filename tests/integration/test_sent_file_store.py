"""Contract suite of ``SentFileStore``, for the fake and the adapter."""

from dataclasses import dataclass, replace

import pytest

from conversations.adapters.sent_file_store import S3SentFileStore
from conversations.domain.drive import DriveWriter, StoredFile
from conversations.domain.sent_file import LINK_LIFETIME, SentFile
from conversations.ports.drive import DriveStore
from conversations.ports.sent_files import SentFileStore
from tests.aws import Aws
from tests.builders import MORNING
from tests.integration.test_drive_store import KilledError, kill_at, memory_drive_, s3_drive
from tools.bots.memory_sent_files import InMemorySentFileStore


@dataclass(frozen=True)
class Sending:
    """A drive, and the files that are sent from it."""

    drive: DriveStore
    store: SentFileStore

    def write(self) -> StoredFile:
        return self.drive.write("shop", "a.txt", b"one", "text/plain", a_writer("written"))


def a_writer(effect: str) -> DriveWriter:
    """Return the writer of an effect."""
    return DriveWriter(None, None, anonymous=False, effect=effect, now=MORNING)


@pytest.fixture(params=["memory", "s3"])
def sending(request: pytest.FixtureRequest) -> Sending:
    """The fakes, and then the adapters."""
    if request.param == "memory":
        drive = memory_drive_().store
        return Sending(drive, InMemorySentFileStore(drive))
    where: Aws = request.getfixturevalue("deployed")
    bucket, table = where.names["DriveBucket"], where.names["BotDataTable"]
    return Sending(s3_drive(where).store, S3SentFileStore(where.dynamodb, lambda: where.s3, bucket, table))


def a_sent_file(file_id: str = "1", conversation_id: str = "c") -> SentFile:
    return SentFile(conversation_id, file_id, f"key {file_id}", "a.txt", "text/plain", MORNING + LINK_LIFETIME)


def test_sent_file_is_found(sending: Sending) -> None:
    sent = a_sent_file()

    assert sending.store.add(sending.write(), sent) == sent

    assert sending.store.find("c", "1") == sent
    assert sending.store.find("c", "2") is None
    assert sending.store.find("d", "1") is None
    assert sending.store.build_download_url(sent).startswith("https://")


def test_repeated_sending_keeps_the_first_link(sending: Sending) -> None:
    file, sent = sending.write(), a_sent_file()
    sending.store.add(file, sent)

    assert sending.store.add(file, replace(sent, key="another")) == sent
    assert sending.store.find("c", "1") == sent


def test_file_that_is_gone_is_not_sent(sending: Sending) -> None:
    file = sending.write()
    sending.drive.delete("shop", "a.txt", a_writer("deleted"))

    assert sending.store.add(file, a_sent_file()) is None


def test_files_are_erased_by_conversation(sending: Sending) -> None:
    file = sending.write()
    for number in range(30):
        sending.store.add(file, a_sent_file(f"{number}"))
    sending.store.add(file, a_sent_file("1", "d"))

    while not sending.store.erase_by_conversation("c"):
        pass

    assert sending.store.find("c", "1") is None
    assert sending.store.find("d", "1") is not None
    assert sending.drive.read(file) == b"one"


def test_copies_are_erased_with_their_items(deployed: Aws) -> None:
    bucket, table = deployed.names["DriveBucket"], deployed.names["BotDataTable"]
    sending = Sending(s3_drive(deployed).store, S3SentFileStore(deployed.dynamodb, lambda: deployed.s3, bucket, table))
    sending.store.add(sending.write(), a_sent_file())

    assert deployed.s3.get_object(Bucket=bucket, Key="!sent/c/1")["Body"].read() == b"one"
    sending.store.erase_by_conversation("c")
    assert deployed.s3.list_objects_v2(Bucket=bucket, Prefix="!sent/")["KeyCount"] == 0


@pytest.mark.parametrize(("operation", "after"), [("PutItem", True), ("CopyObject", False), ("CopyObject", True)])
def test_interrupted_sending_is_finished_by_its_repetition(deployed: Aws, operation: str, after: bool) -> None:
    bucket, table = deployed.names["DriveBucket"], deployed.names["BotDataTable"]
    sending = Sending(s3_drive(deployed).store, S3SentFileStore(deployed.dynamodb, lambda: deployed.s3, bucket, table))
    file = sending.write()
    revive = kill_at(deployed, operation, after=after)
    with pytest.raises(KilledError):
        sending.store.add(file, a_sent_file())
    revive()

    assert sending.store.add(file, replace(a_sent_file(), key="another")) == a_sent_file()

    assert deployed.s3.get_object(Bucket=bucket, Key="!sent/c/1")["Body"].read() == b"one"
