"""Writing a mail to a bot on the local stack: what the form stores and queues is what SES would."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from basic.documents.mail_message import read_message
from conversations.domain.received_mail import parse_notification
from local.front_door.mail_form import MailForm
from tests.integration.front_door import create_config

MAIL = {"from": "Ada <ada@example.com>", "to": "bot@example.org", "subject": "Größe\r\nX: y", "text": "A\r\npot"}


class FakeEmulator:
    """Notes the requests; ``status`` is its answer."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status)


@pytest.fixture
def emulator() -> FakeEmulator:
    return FakeEmulator()


@pytest.fixture
def client(emulator: FakeEmulator, tmp_path: Path) -> TestClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(emulator), base_url="http://emulator")
    form = MailForm(http, create_config(tmp_path, aws_endpoint="http://emulator"))
    return TestClient(Starlette(routes=[Route("/mailbox", form.handle, methods=["POST"])]), follow_redirects=False)


def test_mail_is_stored_and_then_reported(client: TestClient, emulator: FakeEmulator) -> None:
    response = client.post("/mailbox", data=MAIL)

    assert (response.status_code, response.headers["location"]) == (303, "/mailbox")
    stored, queued = emulator.requests
    body = json.loads(queued.content)
    notification = parse_notification(body["MessageBody"])
    assert stored.url.path == f"/drive1/!mail/{notification.mail.id}"
    assert body["QueueUrl"] == "queue1"
    assert notification.receipt.recipients == ["bot@example.org"]
    mail = read_message(stored.content)
    assert (mail.sender, mail.subject, mail.text) == ("ada@example.com", "Größe X: y", "A\npot")
    assert not mail.is_automatic
    assert message_from_bytes(stored.content, policy=default)["X"] is None


@pytest.mark.parametrize("change", [{"to": ""}, {"from": "nobody"}, {"to": "a@b.de\r\nBcc: c@d.de"}])
def test_form_without_addresses_is_refused(client: TestClient, emulator: FakeEmulator, change: dict[str, str]) -> None:
    assert client.post("/mailbox", data=MAIL | change).status_code == 400
    assert emulator.requests == []


def test_too_large_mail_is_refused(client: TestClient) -> None:
    assert client.post("/mailbox", data=MAIL | {"text": "x" * 300_000}).status_code == 413


def test_unavailable_emulator_is_reported(client: TestClient, emulator: FakeEmulator) -> None:
    emulator.status = 500

    assert client.post("/mailbox", data=MAIL).status_code == 503
    assert len(emulator.requests) == 1
