"""Packs files into archives and unpacks them: ZIP, and TAR or a single file with GZIP.

Nothing is written to a disk. An archive of a stranger may claim anything, so what comes out of the decompression is
counted, not what its headers say, and every name is checked like the path of a file.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, cast

from conversations.domain.drive import MAX_FILE_BYTES, DriveError, normalize_path

MAX_ENTRIES = 100
"""Files of an archive: each is written by a transaction of its own."""

MAX_UNPACKED_BYTES = 20 * 1024 * 1024
"""Bytes of all files of an archive; they are in memory together."""

_CHUNK = 64 * 1024
_TAR_BLOCK_BYTES = 4 * 512
"""What TAR adds to each file at most: its header, one with a long name, and padding."""

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, OSError)
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""The years that ZIP knows."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Entry(NamedTuple):
    """A file in an archive: its path in it, and its content."""

    path: str
    content: bytes


def pack(name: str, entries: Sequence[Entry], now: datetime) -> bytes:
    """Return an archive of the format that its name says. The same files at the same time are the same archive.

    Raises
    ------
    DriveError
        If the name says no format, or one that cannot hold these files, or there are too many.
    """
    pack_format = _get_format(name)
    if not entries or len(entries) > MAX_ENTRIES:
        raise DriveError(f"an archive has 1 to {MAX_ENTRIES} files, not {len(entries)}")
    if sum(len(entry.content) for entry in entries) > MAX_UNPACKED_BYTES:
        raise DriveError(f"the files of an archive have more than {MAX_UNPACKED_BYTES >> 20} MB")
    return pack_format.pack(entries, now)


def unpack(name: str, archive: bytes) -> list[Entry]:
    """Return the files of an archive, in its order, with normalized paths.

    Raises
    ------
    DriveError
        If the archive is damaged, encrypted or too large, or has a name twice, links, or a path that leaves it.
    """
    entries: list[Entry] = []
    size = 0
    try:
        for path, content in _get_format(name).unpack(archive):
            size += len(content)
            if size > MAX_UNPACKED_BYTES:
                raise DriveError(f"{name} has more than {MAX_UNPACKED_BYTES >> 20} MB")
            # A .gz has no name for its file.
            entries.append(Entry(_check_path(name, path or name.rpartition("/")[2][:-3]), content))
            if len(entries) > MAX_ENTRIES:
                raise DriveError(f"{name} has more than {MAX_ENTRIES} files")
    except _DAMAGED:
        raise DriveError(f"{name} is damaged, or of an unknown format") from None
    if len({entry.path for entry in entries}) < len(entries):
        raise DriveError(f"{name} has two files of the same path")
    return entries


def _check_path(name: str, path: str) -> str:
    text = path.replace("\\", "/")
    if text.startswith("/") or text[1:2] == ":":
        raise DriveError(f"{name} has an absolute path")
    return normalize_path(text)


def _read(source: _Readable, name: str) -> bytes:
    """Read a file of an archive, as long as it is not too large."""
    content = bytearray()
    while chunk := source.read(_CHUNK):
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            raise DriveError(f"{name} has a file that is larger than {MAX_FILE_BYTES >> 20} MB")
    return bytes(content)


# ------------------------------------------------------------------------------------------------------------------ ZIP
def _pack_zip(entries: Sequence[Entry], now: datetime) -> bytes:
    target = io.BytesIO()
    moment = now.replace(year=min(max(now.year, _FIRST_YEAR), _LAST_YEAR)).timetuple()[:6]
    with zipfile.ZipFile(target, "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.path, moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.content)
    return target.getvalue()


def _unpack_zip(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for info in files.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                raise DriveError("the archive is encrypted")
            # Others may need more memory than the function has.
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DriveError("the archive has an unknown compression")
            with files.open(info) as source:
                yield info.filename, _read(source, "the archive")


# ----------------------------------------------------------------------------------------------------------- TAR, GZIP
def _pack_tar(entries: Sequence[Entry], now: datetime) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.size, info.mtime = len(entry.content), int(now.timestamp())
            archive.addfile(info, io.BytesIO(entry.content))
    return gzip.compress(target.getvalue(), mtime=now.timestamp())


class _Limited:
    """What a GZIP decompresses to, up to a limit: also headers of TAR are read from it."""

    def __init__(self, source: _Readable, limit: int) -> None:
        self._source = source
        self._left = limit

    def read(self, size: int) -> bytes:
        chunk = self._source.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise DriveError(f"the archive has more than {MAX_UNPACKED_BYTES >> 20} MB")
        return chunk


def _unpack_tar(archive: bytes) -> Iterator[tuple[str, bytes]]:
    limit = MAX_UNPACKED_BYTES + MAX_ENTRIES * _TAR_BLOCK_BYTES
    with (
        gzip.GzipFile(fileobj=io.BytesIO(archive)) as unzipped,
        tarfile.open(fileobj=cast("Any", _Limited(unzipped, limit)), mode="r|") as files,
    ):
        for info in files:
            if info.isdir():
                continue
            source = files.extractfile(info) if info.isreg() else None
            if source is None:
                raise DriveError("the archive has links or devices")
            yield info.name, _read(source, "the archive")


def _pack_gzip(entries: Sequence[Entry], now: datetime) -> bytes:
    if len(entries) != 1:
        raise DriveError("a .gz has one file; use .tar.gz or .zip for several")
    return gzip.compress(entries[0].content, mtime=now.timestamp())


def _unpack_gzip(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with gzip.GzipFile(fileobj=io.BytesIO(archive)) as source:
        yield "", _read(source, "the archive")


class _Format(NamedTuple):
    """A format of archives."""

    suffixes: tuple[str, ...]
    pack: Callable[[Sequence[Entry], datetime], bytes]
    unpack: Callable[[bytes], Iterator[tuple[str, bytes]]]


_FORMATS = (
    _Format((".zip",), _pack_zip, _unpack_zip),
    _Format((".tar.gz", ".tgz"), _pack_tar, _unpack_tar),
    _Format((".gz",), _pack_gzip, _unpack_gzip),
)


def _get_format(name: str) -> _Format:
    """Return the format that the name of an archive says."""
    found = next((each for each in _FORMATS if name.lower().endswith(each.suffixes)), None)
    if found is None:
        raise DriveError(f"{name} is no archive: its name ends with .zip, .tar.gz or .gz")
    return found
