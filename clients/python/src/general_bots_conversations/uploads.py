"""Uploads of files, with the form that the server has signed."""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import uniform
from typing import Any, TypeVar

import httpx2

from general_bots_conversations.core.frames import read_attachments
from general_bots_conversations.errors import ApiError, UnreachableError
from general_bots_conversations.models import Json, UploadedFile

_Result = TypeVar("_Result")
_ATTEMPTS = 5
_SECONDS = 120
"""Time limit for one attempt to send a file."""
_SERVER_ERROR = 500
_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine.

    Attributes
    ----------
    name, content_type
        What the message will show.
    content
        Its content.
    """

    name: str
    content_type: str
    content: bytes

    @property
    def description(self) -> dict[str, Any]:
        """What the server must know before the upload."""
        return {"name": self.name, "content_type": self.content_type, "size": len(self.content)}


async def read_file(path: str | Path) -> LocalFile:
    """Return a file; its type is guessed from its name.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    file = Path(path)
    content = await asyncio.to_thread(file.read_bytes)
    return LocalFile(file.name, mimetypes.guess_type(file.name)[0] or _UNKNOWN_TYPE, content)


async def upload(file: LocalFile, begin: Callable[[Mapping[str, Any]], Awaitable[Json]]) -> UploadedFile:
    """Upload a file, and try again if the network or a server fails.

    Parameters
    ----------
    file
        The file.
    begin
        Returns the server's answer with the form.

    Raises
    ------
    ApiError
        If the server refuses the file.
    UnreachableError
        If it cannot be reached after several attempts.
    """
    started = await _retry(lambda: begin(file.description))
    form = started["upload"]
    await _retry(lambda: _post(form["url"], form["fields"], file))
    attachments = read_attachments([started["attachment"]])
    if not attachments:
        raise ApiError(502, "unavailable", "The server has sent no attachment.")
    return UploadedFile(started["file_id"], attachments[0])


async def _post(url: str, fields: Mapping[str, str], file: LocalFile) -> None:
    parts = {"file": (file.name, file.content, file.content_type)}
    try:
        async with httpx2.AsyncClient(timeout=_SECONDS, trust_env=False) as http:
            response = await http.post(url, data=dict(fields), files=parts)
    except httpx2.HTTPError:
        raise UnreachableError("The server does not answer.") from None
    if response.status_code >= _SERVER_ERROR:
        raise UnreachableError(f"The server has answered with status {response.status_code}.")
    if not response.is_success:
        raise ApiError(response.status_code, "invalid_request", "The file was refused.")


async def _retry(action: Callable[[], Awaitable[_Result]]) -> _Result:
    for attempt in range(_ATTEMPTS):
        try:
            return await action()
        except UnreachableError:
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(uniform(0, 2**attempt))  # noqa: S311 - a delay, no secret
    raise AssertionError  # pragma: no cover - the last attempt has raised
