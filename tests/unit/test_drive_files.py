"""Files of packages in the drives of bots."""

from pathlib import Path

from conversations.domain.drive import DriveWriter
from tests.builders import MORNING
from tests.unit.test_bot_packages import create_dialog_package, read_valid, write_file
from tools.bots.drive_files import fill_drive
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.packages import read_package
from tools.bots.testing.player import play_scenario
from tools.bots.testing.scenario import parse_scenario


def read_all(store: InMemoryDriveStore) -> dict[str, bytes | None]:
    return {file.path: store.read(file) for file in store.list_folder("shop", "", limit=100)}


def fill(store: InMemoryDriveStore, package: Path) -> None:
    fill_drive(store, "shop", read_valid(package).drive, MORNING)


def test_package_has_the_files_of_its_drive(tmp_path: Path) -> None:
    package = create_dialog_package(tmp_path, start='TALK "Hello"')
    write_file(package / "shop.gbdrive/templates/bill.html", "<h1>{{name}}</h1>")

    read = read_valid(package)

    assert read.drive == {"templates/bill.html": package / "shop.gbdrive/templates/bill.html"}
    assert read.sources["shop.gbdrive/templates/bill.html"].startswith("sha256 ")


def test_file_that_its_name_does_not_describe_is_an_error(tmp_path: Path) -> None:
    package = create_dialog_package(tmp_path, start='TALK "Hello"')
    file = write_file(package / "shop.gbdrive/bill.pdf", "text")

    result = read_package(package)

    assert result.package is None
    assert [str(each) for each in result.diagnostics] == [
        f"{file}: error: the content of bill.pdf is text/plain, which its name does not say"
    ]


def test_publishing_again_changes_files_and_deletes_those_that_the_package_has_no_more(tmp_path: Path) -> None:
    store, package = InMemoryDriveStore(), create_dialog_package(tmp_path, start='TALK "Hello"')
    first = write_file(package / "shop.gbdrive/a.txt", "one")
    second = write_file(package / "shop.gbdrive/b.txt", "two")
    fill(store, package)
    assert read_all(store) == {"a.txt": b"one", "b.txt": b"two"}

    write_file(first, "three")
    second.unlink()
    fill(store, package)

    assert read_all(store) == {"a.txt": b"three"}


def test_files_of_scripts_stay(tmp_path: Path) -> None:
    store, package = InMemoryDriveStore(), create_dialog_package(tmp_path, start='TALK "Hello"')
    writer = DriveWriter(None, None, anonymous=False, effect="written", now=MORNING)
    file = write_file(package / "shop.gbdrive/a.txt", "one")
    fill(store, package)
    for path in ("a.txt", "mine.txt"):
        store.write("shop", path, b"of a script", "text/plain", writer)

    file.unlink()
    fill(store, package)

    assert read_all(store) == {"a.txt": b"of a script", "mine.txt": b"of a script"}


def test_scripts_read_the_files_of_their_package(tmp_path: Path) -> None:
    package = create_dialog_package(tmp_path, start='TALK READ("notes.txt")')
    write_file(package / "shop.gbdrive/notes.txt", "From the package.")

    assert "From the package." in play_scenario(read_valid(package), parse_scenario("Bot: From the package.\n"))
