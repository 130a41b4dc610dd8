"""The form of an upload, which the Python client sends to a bucket."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from general_bots_conversations import uploads
from general_bots_conversations.errors import ApiError, UnreachableError
from general_bots_conversations.models import Attachment, Json, UploadedFile

FILE = UploadedFile("f" * 40, Attachment("a.txt", "text/plain", "https://chat.example/f"))
DESCRIPTION = {"name": "a.txt", "content_type": "text/plain", "size": 5}


class Bucket(HTTPServer):
    """A bucket that answers with statuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BucketRequest)
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []


class BucketRequest(BaseHTTPRequestHandler):
    server: Bucket

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.statuses.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "uniform", lambda *_: 0)


def upload(bucket: Bucket, path: Path) -> UploadedFile:
    """Upload a file to the bucket."""

    async def begin(file: Mapping[str, Any]) -> Json:
        assert file == DESCRIPTION
        form = {"url": f"http://127.0.0.1:{bucket.server_port}/bucket", "fields": {"key": "!new/1", "policy": "p"}}
        attachment = {"name": "a.txt", "content_type": "text/plain", "url": "https://chat.example/f"}
        return {"file_id": FILE.file_id, "attachment": attachment, "upload": form}

    async def run() -> UploadedFile:
        return await uploads.upload(await uploads.read_file(path), begin)

    return asyncio.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "a.txt"
    file.write_bytes(b"Hello")
    return file


@pytest.mark.parametrize("statuses", [[204], [503, 500, 204]])
def test_form_is_sent_until_it_is_accepted(bucket: Bucket, path: Path, statuses: list[int]) -> None:
    bucket.statuses = [*statuses]

    assert upload(bucket, path) == FILE

    assert len(bucket.bodies) == len(statuses)
    # The file is the last part, as S3 requires.
    parts = bucket.bodies[-1].split(b' name="')
    assert [part.partition(b'"')[0] for part in parts[1:]] == [b"key", b"policy", b"file"]
    assert b"\r\n\r\nHello\r\n" in bucket.bodies[-1]


def test_refused_form_is_not_sent_again(bucket: Bucket, path: Path) -> None:
    bucket.statuses = [403]

    with pytest.raises(ApiError) as refusal:
        upload(bucket, path)

    assert (refusal.value.status, len(bucket.bodies)) == (403, 1)


def test_form_that_always_fails_is_given_up(bucket: Bucket, path: Path) -> None:
    bucket.statuses = [503] * 9

    with pytest.raises(UnreachableError):
        upload(bucket, path)


def test_missing_file_is_an_error(bucket: Bucket, path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        upload(bucket, path.with_name("b.txt"))
