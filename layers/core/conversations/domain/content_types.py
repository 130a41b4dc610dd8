"""The media type of a file, by its content: a name can say anything."""

import codecs
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
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
    (re.compile(rb"OggS\0"), "audio/ogg"),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2\xfa]"), "audio/mpeg"),
    (re.compile(rb"\xff[\xf1\xf9]"), "audio/aac"),
    (re.compile(rb"fLaC\0"), "audio/flac"),
    (re.compile(rb"\x1aE\xdf\xa3"), "video/webm"),
    (re.compile(rb"....ftyp(?:heic|heix|mif1|msf1)", re.DOTALL), "image/heic"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"....ftyp", re.DOTALL), "video/mp4"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/msword"),
)

_SAME_FORMAT: Mapping[str, frozenset[str]] = {
    ZIP: frozenset(
        {
            DOCX,
            XLSX,
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/epub+zip",
            "application/x-zip-compressed",
        }
    ),
    GZIP: frozenset({"application/x-gzip"}),
    "image/jpeg": frozenset({"image/jpg"}),
    "audio/wav": frozenset({"audio/x-wav", "audio/wave", "audio/vnd.wave"}),
    "audio/ogg": frozenset({"audio/opus", "video/ogg", "application/ogg"}),
    "audio/mpeg": frozenset({"audio/mp3"}),
    "audio/flac": frozenset({"audio/x-flac"}),
    "video/webm": frozenset({"audio/webm", "video/x-matroska"}),
    "image/heic": frozenset({"image/heif"}),
    "video/mp4": frozenset({"audio/mp4", "audio/x-m4a", "audio/m4a", "video/quicktime", "video/3gpp", "audio/3gpp"}),
    "application/msword": frozenset({"application/vnd.ms-excel", "application/vnd.ms-powerpoint"}),
}
"""Other media types of files with the same signature: containers and older names."""

_TEXT_TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/rtf",
        "application/xml",
        "application/yaml",
        # What browsers on Windows say of a CSV.
        "application/vnd.ms-excel",
        "image/svg+xml",
    }
)
"""Media types of texts besides those that begin with `text/`."""

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

_RECOGNIZED = frozenset({kind for _, kind in _SIGNATURES}.union(*_SAME_FORMAT.values()))
"""Media types that have a signature."""

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


def detect_content_type(path: str, content: bytes, *, is_complete: bool = True) -> str:
    """Return the media type of a file.

    Parameters
    ----------
    path
        Its name or path.
    content
        Its content, or the beginning.
    is_complete
        Whether it is the complete content.

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
        detected = _TEXTS.get(suffix, TEXT) if is_text(content, is_complete=is_complete) else BINARY
    if _EXPECTED.get(suffix, detected) != detected:
        raise DriveError(f"the content of {path} is {detected}, which its name does not say")
    return detected


def settle_content_type(name: str, declared: str, content: bytes, *, is_complete: bool) -> str:
    """Return the media type of a file whose type a client has declared.

    It is the declared one if the content can be that. A type that has no signature is replaced by that of the content.

    Raises
    ------
    DriveError
        If the content is of another type than the declared one, or than the name says.
    """
    detected, declared = detect_content_type(name, content, is_complete=is_complete), declared.lower()
    if declared == detected or declared in _SAME_FORMAT.get(detected, frozenset()):
        return declared
    is_declared_text = declared.startswith("text/") or declared in _TEXT_TYPES
    if is_declared_text and (detected == TEXT or detected in _TEXTS.values()):
        return declared
    # safeguard: upload-type
    if is_declared_text or declared in _RECOGNIZED:
        raise DriveError(f"the content of {name} is {detected}, not {declared}")
    return detected


def is_text(content: bytes, *, is_complete: bool = True) -> bool:
    """Return whether a content is a text in UTF-8, or may be the beginning of one."""
    if b"\0" in content:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, final=is_complete)
    except UnicodeDecodeError:
        return False
    return True
