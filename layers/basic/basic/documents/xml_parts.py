"""The XML parts of office documents (ECMA-376), read one element after another."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from basic.documents.limits import MAX_UNPACKED_BYTES, Deadline
from basic.errors import ScriptError

_CHUNK = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0"
"""An encrypted office document is a container of OLE, as documents of Office 97 are."""

_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ET.ParseError, ValueError)


class Handler:
    """Receives the elements of a part; the names have no namespaces."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Receive the beginning of an element."""

    def end(self, name: str) -> None:
        """Receive the end of an element."""

    def data(self, text: str) -> None:
        """Receive a piece of the text of an element."""


class OfficeFile:
    """An office document.

    Parameters
    ----------
    content
        The file.
    name
        Its name, for messages.

    Raises
    ------
    ScriptError
        If it is no office document, or encrypted.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self._left = MAX_UNPACKED_BYTES
        self._deadline = Deadline(name)
        if content.startswith(_OLE):
            raise ScriptError(f"{name} is encrypted, or of Office 97; save it as .docx or .xlsx without a password")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _FAULTS:
            raise self.build_damage() from None

    def build_damage(self) -> ScriptError:
        """Return the error for a document that cannot be read."""
        return ScriptError(f"{self.name} is no office document, or is damaged")

    def has(self, part: str) -> bool:
        """Return whether it has a part."""
        return part in self._archive.namelist()

    def parse(self, part: str, handler: Handler) -> None:
        """Parse a part.

        Raises
        ------
        ScriptError
            If it is missing, damaged, encrypted or too large, or takes too long.
        """
        if not self.has(part):
            raise self.build_damage()
        info = self._archive.getinfo(part)
        # Others may need more memory than a function has.
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ScriptError(f"{self.name} is encrypted, or has an unknown compression")
        parser = ET.XMLParser(target=_Target(handler, self.build_damage))  # noqa: S314 - it refuses entities
        try:
            with self._archive.open(info) as source:
                while chunk := source.read(_CHUNK):
                    self._count(len(chunk))
                    parser.feed(chunk)
            parser.close()
        except _FAULTS:
            raise self.build_damage() from None

    def _count(self, size: int) -> None:
        self._deadline.check()
        self._left -= size
        if self._left < 0:
            raise ScriptError(f"{self.name} has more than {MAX_UNPACKED_BYTES >> 20} MB when it is unpacked")


class _Target:
    """Passes elements on without building a tree; refuses document types, and with them all entities."""

    def __init__(self, handler: Handler, build_damage: Callable[[], ScriptError]) -> None:
        self._handler = handler
        self._build_damage = build_damage
        self.data = handler.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._handler.start(_local_name(tag), {_local_name(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        self._handler.end(_local_name(tag))

    def doctype(self, *_: Any) -> None:  # noqa: ANN401 - the parser's signature
        raise self._build_damage()

    def close(self) -> None:
        """Be called at the end, as the parser expects."""


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]
