"""Archives: what is packed is unpacked again, and what a stranger packed is refused if it does harm."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.domain.drive import MAX_FILE_BYTES, DriveError
from conversations.engines.basic import archives
from conversations.engines.basic.archives import Entry, pack, unpack

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = ("a.zip", "b/A.ZIP", "a.tar.gz", "a.tgz")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(
    contents=st.dictionaries(
        st.text("abcé/ .", min_size=1, max_size=12)
        .map(lambda path: "/".join(part.strip() for part in path.split("/") if part.strip(" .")))
        .filter(bool),
        st.binary(max_size=40),
        min_size=1,
        max_size=5,
    )
)
def test_what_was_packed_is_unpacked(name: str, contents: dict[str, bytes]) -> None:
    entries = [Entry(path, content) for path, content in contents.items()]

    assert unpack(name, pack(name, entries, NOW)) == entries
    assert pack(name, entries, NOW) == pack(name, entries, NOW)


def test_single_file_has_the_name_of_its_archive() -> None:
    archive = pack("b/a.txt.gz", [Entry("whatever.txt", b"Hello")], NOW)

    assert unpack("b/a.txt.gz", archive) == [Entry("a.txt", b"Hello")]
    assert gzip.decompress(archive) == b"Hello"
    with pytest.raises(DriveError, match=r"a \.gz has one file"):
        pack("a.gz", [Entry("a", b""), Entry("b", b"")], NOW)


@pytest.mark.parametrize("name", ["a.rar", "a", "zip", "a.tar", "a.7z"])
def test_unknown_format_is_refused(name: str) -> None:
    with pytest.raises(DriveError, match=r"its name ends with \.zip"):
        pack(name, [Entry("a", b"")], NOW)
    with pytest.raises(DriveError, match=r"its name ends with \.zip"):
        unpack(name, b"")


def zip_of(*paths: str, content: bytes = b"x", change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return target.getvalue()


def tar_of(*paths: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for path in paths:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = kind, "/etc/passwd"
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize("path", ["../a", "a/../../b", "..\\a", "/etc/passwd", "C:\\a", "a\nb", "a\u202etxt.exe"])
@pytest.mark.parametrize(("name", "build"), [("a.zip", zip_of), ("a.tgz", tar_of)])
def test_path_that_leaves_the_archive_is_refused(name: str, build: Callable[[str], bytes], path: str) -> None:
    with pytest.raises(DriveError, match=r"leaves the drive|absolute path|control characters"):
        unpack(name, build(path))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    with pytest.raises(DriveError, match="links or devices"):
        unpack("a.tgz", tar_of("a", kind=kind))


@pytest.mark.parametrize(("name", "build"), [("a.zip", zip_of), ("a.tgz", tar_of)])
def test_folders_are_left_out_and_a_path_is_not_repeated(name: str, build: Callable[..., bytes]) -> None:
    assert unpack("a.zip", zip_of("folder/", "folder/a")) == [Entry("folder/a", b"x")]
    with pytest.raises(DriveError, match="two files of the same path"):
        unpack(name, build("a/b", "a//./b"))


@pytest.mark.parametrize(("name", "build"), [("a.zip", zip_of), ("a.tgz", tar_of)])
def test_bombs_are_refused(name: str, build: Callable[..., bytes]) -> None:
    zeros = b"\0" * MAX_FILE_BYTES
    large = build("a", content=zeros + b"\0")
    several = build("a", "b", "c", content=zeros)
    assert len(large) + len(several) < 100_000

    with pytest.raises(DriveError, match="larger than 10 MB"):
        unpack(name, large)
    with pytest.raises(DriveError, match="more than 20 MB"):
        unpack(name, several)
    with pytest.raises(DriveError, match="more than 100 files"):
        unpack(name, build(*map(str, range(101))))
    with pytest.raises(DriveError, match="larger than 10 MB"):
        unpack("a.gz", gzip.compress(zeros + b"\0"))


def test_header_that_never_ends_is_refused() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"comment": "x" * (archives.MAX_UNPACKED_BYTES + 1024 * 1024)}
        archive.addfile(info)

    with pytest.raises(DriveError, match="more than 20 MB"):
        unpack("a.tgz", target.getvalue())


def test_encrypted_files_and_unknown_compressions_are_refused() -> None:
    archive = bytearray(zip_of("a"))
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DriveError, match="encrypted"):
        unpack("a.zip", bytes(archive))

    def use_lzma(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_LZMA

    with pytest.raises(DriveError, match="unknown compression"):
        unpack("a.zip", zip_of("a", change=use_lzma))


@pytest.mark.parametrize("name", ["a.zip", "a.tgz", "a.gz"])
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_archive_is_an_error(name: str, data: st.DataObject) -> None:
    archive = bytearray(pack(name, [Entry("a.txt", b"Hello, Ana" * 9)], NOW))
    for _ in range(data.draw(st.integers(1, 6))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(archive[: data.draw(st.integers(0, len(archive)))])

    try:
        unpack(name, damaged)
    except DriveError:
        return


@pytest.mark.parametrize("name", ["a.zip", "a.tgz", "a.gz"])
def test_text_is_no_archive(name: str) -> None:
    with pytest.raises(DriveError, match="is damaged"):
        unpack(name, b"Hello")


def test_too_much_is_not_packed() -> None:
    with pytest.raises(DriveError, match="1 to 100 files, not 0"):
        pack("a.zip", [], NOW)
    with pytest.raises(DriveError, match="1 to 100 files, not 101"):
        pack("a.zip", [Entry(str(n), b"") for n in range(101)], NOW)
    with pytest.raises(DriveError, match="more than 20 MB"):
        pack("a.zip", [Entry("a", bytes(archives.MAX_UNPACKED_BYTES + 1))], NOW)


@pytest.mark.parametrize("year", [1970, 2200])
def test_time_that_zip_does_not_know_is_replaced(year: int) -> None:
    assert unpack("a.zip", pack("a.zip", [Entry("a", b"x")], NOW.replace(year=year))) == [Entry("a", b"x")]
