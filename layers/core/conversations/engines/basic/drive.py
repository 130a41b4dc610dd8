"""Executes the operations of scripts on the drive of their bot."""

import fnmatch
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from basic.documents.texts import decode_text, extract_rows, extract_text, get_kind, has_rows
from basic.errors import BudgetError, ScriptError
from basic.host import EffectKey, FileOperation, FileRequest, HttpRequest
from basic.http.responses import is_success
from basic.http.transport import HopResponse
from basic.sizes import check_size, measure_size
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.content_types import detect_content_type, is_text
from conversations.domain.drive import (
    MAX_FILES,
    MAX_LISTED_FILES,
    MAX_TURN_BYTES,
    MAX_TURN_OPERATIONS,
    DriveError,
    DriveWriter,
    StoredFile,
    check_file_size,
    normalize_folder,
    normalize_path,
)
from conversations.domain.mail import MAX_ATTACHED_BYTES, MailAttachment
from conversations.domain.message import MAX_ATTACHMENTS
from conversations.domain.sent_file import LINK_LIFETIME, SentFile, build_link_prefix, shorten_name
from conversations.engines.basic import archives
from conversations.ports.drive import DriveStore
from conversations.ports.sent_files import SentFileStore

_TEXTS = frozenset({"csv", "html", "md", "txt"})
"""Files that older programs write in other encodings than UTF-8."""

_READ_TRIES = 3
"""How often a file is read that is replaced while it is read."""


@dataclass(frozen=True, slots=True)
class FileLinks:
    """How files are sent.

    Attributes
    ----------
    store
        The store of sent files.
    base_url
        The address of the REST API, which links begin with; empty if the deployment does not know it.
    """

    store: SentFileStore
    base_url: str

    def find(self, link: str, conversation_id: str, now: datetime) -> SentFile | None:
        """Return the file of a conversation that a link opens now, None if there is none."""
        prefix = build_link_prefix(self.base_url, conversation_id) if self.base_url else None
        if prefix is None or not link.startswith(prefix):
            return None
        file_id, _, key = link.removeprefix(prefix).partition("?key=")
        sent = self.store.find(conversation_id, file_id)
        # safeguard: user-file-key
        return sent if sent is not None and sent.is_opened_by(key, now) else None


class FileResult(NamedTuple):
    """The result of an operation.

    Attributes
    ----------
    size
        The bytes that it has read and written.
    value
        What the script receives.
    """

    size: int
    value: Value


class TurnUse:
    """What a turn has done with files. A turn that is run again counts the same, so it ends at the same statement."""

    def __init__(self) -> None:
        self._operations = 0
        self._sent = 0
        self._bytes = 0

    def count_operation(self, operation: FileOperation) -> None:
        """Count an operation before it runs.

        Raises
        ------
        BudgetError
            If it is one too many.
        """
        self._operations += 1
        if self._operations > MAX_TURN_OPERATIONS:
            raise BudgetError(f"the turn has more than {MAX_TURN_OPERATIONS} operations on files")
        self._sent += operation == "send"
        # Messages of a turn may be merged, and a message has no more attachments.
        if self._sent > MAX_ATTACHMENTS:
            raise BudgetError(f"the turn sends more than {MAX_ATTACHMENTS} files")

    def count_bytes(self, size: int) -> None:
        """Count what an operation has read and written.

        Raises
        ------
        BudgetError
            If the turn has read and written too much.
        """
        self._bytes += size
        if self._bytes > MAX_TURN_BYTES:
            raise BudgetError(f"the turn reads and writes more than {MAX_TURN_BYTES >> 20} MB of files")


@dataclass(frozen=True, slots=True)
class DriveExecutor:
    """Executes operations on files.

    Attributes
    ----------
    store
        The store of files.
    links
        How files are sent.
    bot_id
        The bot.
    owner
        ``Principal.owner`` of the user or visitor; None in a webhook.
    conversation_id
        Bare id of the conversation; None in a webhook.
    message_id
        Bare id of the message that the turn answers; None for the greeting.
    anonymous
        Whether the owner is a visitor.
    now
        The time of the turn.
    fetch
        Makes a request of a script.
    """

    store: DriveStore
    links: FileLinks
    fetch: Callable[[HttpRequest], HopResponse]
    bot_id: str
    owner: str | None
    conversation_id: str | None
    message_id: str | None
    anonymous: bool
    now: datetime

    def execute(self, key: EffectKey, request: FileRequest) -> FileResult:
        """Execute an operation; see ``basic.host.FileRequest`` for the results.

        Raises
        ------
        ScriptError
            If a file does not exist, a path is invalid, or a limit is exceeded.
        UnavailableError
            If a service does not answer, or the conversation does not belong to the owner any more.
        """
        try:
            return _OPERATIONS[request.operation](_Drive(self, self._build_writer(key)), request)
        except DriveError as error:
            raise ScriptError(str(error)) from None

    def read_attachments(self, paths: Sequence[str]) -> list[MailAttachment]:
        """Return the files of the paths, as attachments of a mail.

        Raises
        ------
        ScriptError
            If a file does not exist, or they are too large together.
        UnavailableError
            If a service does not answer.
        """
        # Reading needs no effect.
        drive = _Drive(self, self._build_writer(EffectKey("", 0)))
        try:
            files = drive.read_all(paths, MAX_ATTACHED_BYTES, "the attachments of a mail")
        except DriveError as error:
            raise ScriptError(str(error)) from None
        return [MailAttachment(shorten_name(file.name), file.content_type, content) for file, content in files]

    def _build_writer(self, key: EffectKey) -> DriveWriter:
        effect = hashlib.sha256(f"{key.turn}/{key.step}".encode()).hexdigest()[:40]
        return DriveWriter(self.owner, self.conversation_id, self.anonymous, effect, self.now, self.message_id)


@dataclass(frozen=True, slots=True)
class _Drive:
    """The drive, for one effect."""

    executor: DriveExecutor
    writer: DriveWriter

    def require(self, path: str) -> StoredFile:
        """Return a file of the drive that must exist."""
        normalized = _normalize_source(path)
        file = self.executor.store.find(self.executor.bot_id, normalized)
        if file is None:
            raise DriveError(f"there is no file {normalized}")
        return file

    def is_from_user(self, path: str) -> bool:
        """Return whether a path is the link of a file of this conversation."""
        executor = self.executor
        return bool(
            executor.links.base_url
            and executor.conversation_id is not None
            and path.startswith(build_link_prefix(executor.links.base_url, executor.conversation_id))
        )

    def read(self, path: str) -> tuple[StoredFile, bytes]:
        """Return a file with its content: one of the drive, or one of the conversation by its link."""
        if self.is_from_user(path):
            return self._read_from_user(path)
        for _ in range(_READ_TRIES):
            file = self.require(path)
            content = self.executor.store.read(file)
            if content is not None:
                return file, content
        raise DriveError(f"the content of {file.path} is gone")

    def read_all(self, paths: Sequence[str], max_bytes: int, subject: str) -> list[tuple[StoredFile, bytes]]:
        """Return files with their contents, which have at most ``max_bytes`` together; ``subject`` names them."""
        files: list[tuple[StoredFile, bytes]] = []
        size = 0
        for path in paths:
            files.append(self.read(path))
            size += len(files[-1][1])
            if size > max_bytes:
                raise DriveError(f"{subject} have more than {max_bytes >> 20} MB")
        return files

    def _read_from_user(self, link: str) -> tuple[StoredFile, bytes]:
        executor = self.executor
        sent = executor.links.find(link, executor.conversation_id or "", executor.now)
        content = None if sent is None else executor.links.store.read(sent)
        if sent is None or content is None:
            raise DriveError("the file that the user has sent is gone")
        file = StoredFile(executor.bot_id, sent.name, "", len(content), sent.content_type, executor.now)
        return file, content

    def find_written(self, path: str) -> StoredFile | None:
        """Return the file that this effect has written already, None if there is none."""
        file = self.executor.store.find(self.executor.bot_id, path)
        # safeguard: drive-effect-done
        return file if file is not None and file.effect == self.writer.effect else None

    def list_all(self, folder: str) -> Sequence[StoredFile]:
        """Return the files in a folder and in the folders below it."""
        return self.executor.store.list_folder(self.executor.bot_id, normalize_folder(folder), limit=MAX_FILES)

    @staticmethod
    def check(path: str, content: bytes) -> tuple[str, str]:
        """Return the normalized path and the type of a file, if it can be written."""
        normalized = normalize_path(path)
        check_file_size(normalized, len(content))
        return normalized, detect_content_type(normalized, content)

    def write(self, path: str, content: bytes) -> StoredFile:
        """Write a file of any type that its name allows."""
        normalized, content_type = self.check(path, content)
        return self.executor.store.write(self.executor.bot_id, normalized, content, content_type, self.writer)


def _normalize_source(path: str) -> str:
    """Return the path of a file that should exist in the drive.

    Raises
    ------
    DriveError
        If it is a link. The error is without it, so that the secret of a link stays out of the log.
    """
    # safeguard: user-file-secret
    if "://" in path:
        raise DriveError("the link is no file of the drive or of this conversation")
    return normalize_path(path)


def _read(drive: _Drive, request: FileRequest) -> FileResult:
    file, content = drive.read(request.path)
    text = _read_text(file, content)
    check_size(len(text))
    return FileResult(len(content), text)


def _read_text(file: StoredFile, content: bytes) -> str:
    """Return the text of a PDF or a Word document; HTML and Markdown with their markup."""
    if get_kind(file.path) in ("pdf", "docx"):
        return extract_text(content, file.path)
    if b"\0" in content or (not is_text(content) and get_kind(file.path) not in _TEXTS):
        raise DriveError(f"{file.path} is {file.content_type}, not a text")
    return decode_text(content, file.path)


def _read_rows(drive: _Drive, request: FileRequest) -> FileResult:
    file, content = drive.read(request.path)
    if not has_rows(file.path):
        raise DriveError(f"{file.path} is no table: its name ends with .csv or .xlsx")
    rows = extract_rows(content, file.path)
    measure_size(rows)
    return FileResult(len(content), rows)


def _generate(drive: _Drive, request: FileRequest) -> FileResult:
    target = _require_pdf(request.target)
    written = drive.find_written(target)
    if written is None:
        from basic.documents.generating import generate_pdf  # noqa: PLC0415 - reportlab takes half a second to import

        name, template = "the text", request.text
        if request.path:
            file, content = drive.read(request.path)
            name, template = file.path, _read_text(file, content)
        written = drive.write(target, generate_pdf(template, request.data, name, PurePosixPath(target).stem))
    return FileResult(written.size, written.path)


def _merge(drive: _Drive, request: FileRequest) -> FileResult:
    target = _require_pdf(request.target)
    written = drive.find_written(target)
    if written is None:
        from basic.documents.pdf import merge_pdfs  # noqa: PLC0415 - pypdf takes some tenths of a second to import

        count = len(request.paths)
        if not 0 < count <= archives.MAX_ENTRIES:
            raise DriveError(f"MERGE PDF joins 1 to {archives.MAX_ENTRIES} files, not {count}")
        files = drive.read_all(request.paths, archives.MAX_UNPACKED_BYTES, "the files of MERGE PDF")
        written = drive.write(target, merge_pdfs([(file.path, content) for file, content in files]))
    return FileResult(written.size, written.path)


def _require_pdf(path: str) -> str:
    normalized = normalize_path(path)
    if get_kind(normalized) != "pdf":
        raise DriveError(f"the name of the PDF ends with .pdf, not {normalized}")
    return normalized


def _write(drive: _Drive, request: FileRequest) -> FileResult:
    # A script can produce lone surrogates, which UTF-8 cannot represent.
    content = request.text.encode(errors="replace")
    return FileResult(len(content), drive.write(request.path, content).path)


def _copy(drive: _Drive, request: FileRequest) -> FileResult:
    target = normalize_path(request.target)
    written = drive.find_written(target)
    if written is not None:
        # The source may have changed since it was copied.
        return FileResult(2 * written.size, written.path)
    file, content = drive.read(request.path)
    if file.path == target and not drive.is_from_user(request.path):
        return FileResult(2 * len(content), file.path)
    return FileResult(2 * len(content), drive.write(target, content).path)


def _move(drive: _Drive, request: FileRequest) -> FileResult:
    source, target = _normalize_source(request.path), normalize_path(request.target)
    if source == target:
        return FileResult(0, drive.require(source).path)
    return FileResult(0, drive.executor.store.move(drive.executor.bot_id, source, target, drive.writer).path)


def _delete(drive: _Drive, request: FileRequest) -> FileResult:
    drive.executor.store.delete(drive.executor.bot_id, normalize_path(request.path), drive.writer)
    return FileResult(0, None)


def _list(drive: _Drive, request: FileRequest) -> FileResult:
    """List the names of the files in a folder, and of its folders with a slash."""
    folder, files = normalize_folder(request.path), drive.list_all(request.path)
    names = list(dict.fromkeys(_get_entry_name(file.path.removeprefix(folder)) for file in files))
    if request.pattern:
        patterns = [each.strip() for each in request.pattern.split(",")]
        names = [name for name in names if any(fnmatch.fnmatchcase(name, each) for each in patterns)]
    if len(names) > MAX_LISTED_FILES:
        raise DriveError(f"the folder has more than {MAX_LISTED_FILES:,} files")
    return FileResult(0, [*names])


def _list_details(drive: _Drive, request: FileRequest) -> FileResult:
    """List the files in a folder as maps, without those in its folders."""
    folder = normalize_folder(request.path)
    files = [file for file in drive.list_all(request.path) if "/" not in file.path.removeprefix(folder)]
    if len(files) > MAX_LISTED_FILES:
        raise DriveError(f"the folder has more than {MAX_LISTED_FILES:,} files")
    details: list[Value] = [
        {
            "name": file.name,
            "path": file.path,
            "size": file.size,
            "modified": file.written_at.strftime("%Y-%m-%d %H:%M:%S"),
        }
        for file in files
    ]
    return FileResult(0, details)


def _get_entry_name(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first + slash


def _pack(drive: _Drive, request: FileRequest) -> FileResult:
    target = normalize_path(request.path)
    written = drive.find_written(target)
    if written is not None:
        return FileResult(written.size, written.path)
    entries: list[archives.Entry] = []
    for path in _list_paths(drive, request.paths):
        file, content = drive.read(path)
        entries.append(archives.Entry(file.path, content))
    archive = archives.pack(target, entries, drive.executor.now)
    size = sum(len(entry.content) for entry in entries)
    return FileResult(size + len(archive), drive.write(target, archive).path)


def _list_paths(drive: _Drive, paths: Sequence[str]) -> list[str]:
    """Return the paths of files, with those of folders, each once."""
    listed: dict[str, None] = {}
    size = 0
    for path in paths:
        is_folder = path.rstrip().endswith("/")
        files = drive.list_all(path) if is_folder else [drive.require(path)]
        for file in files:
            size += 0 if file.path in listed else file.size
            listed[file.path] = None
            # Before anything is read.
            if size > archives.MAX_UNPACKED_BYTES or len(listed) > archives.MAX_ENTRIES:
                raise DriveError(
                    f"an archive has at most {archives.MAX_ENTRIES} files with {archives.MAX_UNPACKED_BYTES >> 20} MB"
                )
    return list(listed)


def _unpack(drive: _Drive, request: FileRequest) -> FileResult:
    file, archive = drive.read(request.path)
    folder = normalize_folder(request.target)
    entries = archives.unpack(file.path, archive)
    # Everything is checked before anything is written.
    for entry in entries:
        drive.check(f"{folder}{entry.path}", entry.content)
    written = [drive.write(f"{folder}{entry.path}", entry.content).path for entry in entries]
    return FileResult(len(archive) + sum(len(entry.content) for entry in entries), [*written])


def _download(drive: _Drive, request: FileRequest) -> FileResult:
    target = normalize_path(request.path)
    written = drive.find_written(target)
    if written is not None:
        return FileResult(written.size, written.path)
    if request.http is None:
        raise TypeError("a download has a request")
    response = drive.executor.fetch(request.http)
    if not is_success(response.status):
        raise DriveError(f"DOWNLOAD failed with status {response.status} {response.reason}".rstrip())
    return FileResult(len(response.body), drive.write(target, response.body).path)


def _upload(drive: _Drive, request: FileRequest) -> FileResult:
    target = normalize_path(request.target)
    written = drive.find_written(target) or drive.write(target, _fetch(drive, request))
    return FileResult(2 * written.size, [written.path, written.size, written.content_type])


def _fetch(drive: _Drive, request: FileRequest) -> bytes:
    """Return the content of a file of the user, of another site, or of the drive."""
    if request.http is None or drive.is_from_user(request.path):
        return drive.read(request.path)[1]
    response = drive.executor.fetch(request.http)
    if not is_success(response.status):
        raise DriveError(f"UPLOAD failed with status {response.status} {response.reason}".rstrip())
    return response.body


def _send(drive: _Drive, request: FileRequest) -> FileResult:
    """Copy a file, and return the link of the copy."""
    executor = drive.executor
    if executor.conversation_id is None:
        raise DriveError("a webhook has no user to send a file to")
    if not executor.links.base_url:
        raise DriveError("SEND FILE needs the address of the API: the parameter RestUrl or WebsiteUrl of the stack")
    file = drive.require(request.path)
    new = SentFile(
        conversation_id=executor.conversation_id,
        id=drive.writer.effect,
        key=secrets.token_urlsafe(24),
        name=shorten_name(file.name),
        content_type=file.content_type,
        expires_at=executor.now + (request.lifetime or LINK_LIFETIME),
    )
    sent = executor.links.store.add(file, new)
    if sent is None:
        raise DriveError(f"the content of {file.path} is gone")
    return FileResult(file.size, [sent.name, sent.content_type, sent.build_link(executor.links.base_url)])


_OPERATIONS: Mapping[FileOperation, Callable[[_Drive, FileRequest], FileResult]] = {
    "read": _read,
    "rows": _read_rows,
    "write": _write,
    "copy": _copy,
    "move": _move,
    "delete": _delete,
    "list": _list,
    "details": _list_details,
    "send": _send,
    "pack": _pack,
    "unpack": _unpack,
    "download": _download,
    "generate": _generate,
    "merge": _merge,
    "upload": _upload,
}
