"""The media type of a file, by its content: a name can say anything."""

import re
from collections.abc import Mapping

from conversations.domain.drive import DriveError

BINARY = "application/octet-stream"
PDF = "application/pdf"
ZIP = "application/zip"
GZIP = "application/gzip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/plain"

_SIGNATURES = (
    (re.compile(rb"%PDF-"), PDF),
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), ZIP),
    (re.compile(rb"\x1f\x8b"), GZIP),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)

_TEXTS: Mapping[str, str] = {
    "css": "text/css",
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "svg": "image/svg+xml",
    "xml": "application/xml",
}
"""Texts have no signature: their name says what they are."""

_ZIPPED: Mapping[str, str] = {"docx": DOCX, "xlsx": XLSX}

_EXPECTED: Mapping[str, str] = {
    "pdf": PDF,
    "zip": ZIP,
    "gz": GZIP,
    "tgz": GZIP,
    "docx": DOCX,
    "xlsx": XLSX,
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
"""Names whose content must be what they say, because readers rely on it."""


def detect_content_type(path: str, content: bytes) -> str:
    """Return the media type of a file.

    Raises
    ------
    DriveError
        If the name says that it is a PDF, an archive, an image or an office document, and the content is not.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    detected = next((kind for signature, kind in _SIGNATURES if signature.match(content)), None)
    if detected == ZIP:
        detected = _ZIPPED.get(suffix, ZIP)
    if detected is None:
        detected = _TEXTS.get(suffix, TEXT) if is_text(content) else BINARY
    if _EXPECTED.get(suffix, detected) != detected:
        raise DriveError(f"the content of {path} is {detected}, which its name does not say")
    return detected


def is_text(content: bytes) -> bool:
    """Return whether a content is a text in UTF-8."""
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
