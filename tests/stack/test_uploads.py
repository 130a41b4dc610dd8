"""Uploads by users and visitors, with the signed form, on a running stack."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from general_bots_conversations import Client
from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import TIMEOUT_SECONDS, Connection, Frame
from tests.stack.test_drive import list_files
from tests.stack.test_faults import restart_stack
from tests.stack.test_seed import wait_for_history
from tests.stack.users import sign_up

INTAKE = Path(__file__).parent / "intake.gbai"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture(scope="module")
def intake(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The bot, published."""
    return publish_package(INTAKE, stack, aws)


def begin(api: httpx.Client, conversation_id: str, size: int = len(PNG), **file: str) -> Any:  # noqa: ANN401 - JSON
    body = {"name": "größe.png", "content_type": "image/png", "size": size, **file}
    response = api.post(f"/conversations/{conversation_id}/files", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def post_form(started: Frame, content: bytes = PNG, **fields: str) -> httpx.Response:
    """Send the form of an upload, as a page does."""
    form = started["upload"]
    return httpx.post(
        form["url"], data={**form["fields"], **fields}, files={"file": ("blob", content)}, timeout=TIMEOUT_SECONDS
    )


def upload(api: httpx.Client, conversation_id: str, content: bytes = PNG, **file: str) -> Any:  # noqa: ANN401 - JSON
    started = begin(api, conversation_id, len(content), **file)
    assert post_form(started, content).status_code == 204
    return started


def send(api: httpx.Client, conversation_id: str, *started: Frame, **fields: str) -> httpx.Response:
    body = {"content": "Look", "attachments": [{"file_id": each["file_id"]} for each in started], **fields}
    return api.post(f"/conversations/{conversation_id}/messages", json=body)


def upload_on_socket(connection: Connection, content: bytes, **file: str) -> Frame:
    upload_id = str(uuid4())
    connection.send(type="upload", client_upload_id=upload_id, size=len(content), **file)
    started = connection.receive_until(type="upload", client_upload_id=upload_id)
    assert post_form(started, content).status_code == 204
    return started


@pytest.fixture
def conversation_id(api: httpx.Client) -> str:
    return str(api.post("/conversations/start", json={}).json()["conversation_id"])


def test_user_uploads_sends_and_downloads_a_file(api: httpx.Client, conversation_id: str) -> None:
    started = upload(api, conversation_id)
    link = started["attachment"]["url"]
    assert httpx.get(link).status_code == 404

    key = str(uuid4())
    sent = send(api, conversation_id, started, client_message_id=key)
    assert sent.status_code == 200, sent.text
    assert send(api, conversation_id, started, client_message_id=key).json()["message_id"] == sent.json()["message_id"]
    # The form is still valid, and changes nothing any more.
    assert post_form(started, PNG[:-1] + b"x").status_code == 204
    assert send(api, conversation_id, started).status_code == 200

    downloaded = httpx.get(link, follow_redirects=True)
    assert (downloaded.status_code, downloaded.content) == (200, PNG)
    assert downloaded.headers["Content-Type"] == "image/png"
    assert downloaded.headers["Content-Disposition"] == "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.png"
    history = wait_for_history(api, conversation_id, at_least=2)["messages"]
    assert started["attachment"] in [file for message in history for file in message.get("attachments", ())]

    assert api.delete(f"/conversations/{conversation_id}").status_code == 204
    assert httpx.get(link).status_code == 404


def test_form_refuses_what_it_was_not_signed_for(api: httpx.Client, conversation_id: str) -> None:
    started = begin(api, conversation_id)

    assert post_form(started, PNG + b"x").status_code in (400, 403)
    assert post_form(started, PNG[:-1]).status_code in (400, 403)
    assert post_form(started, PNG, **{"Content-Type": "text/html"}).status_code == 403
    assert post_form(started, PNG, key="!kept/other/file").status_code == 403
    assert httpx.post(started["upload"]["url"], data={"key": "a"}, files={"file": b"x"}).status_code == 403
    assert send(api, conversation_id, started).json()["error"] == "invalid_message"


def test_content_of_another_type_is_refused_and_no_message_is_stored(api: httpx.Client, conversation_id: str) -> None:
    page = upload(api, conversation_id, b"<svg onload=alert(1)>")
    key = str(uuid4())

    refused = send(api, conversation_id, page, client_message_id=key)

    assert (refused.status_code, refused.json()["error"], refused.json()["field"]) == (
        400,
        "invalid_message",
        "attachments",
    )
    assert send(api, conversation_id, client_message_id=key).status_code == 200


def test_page_is_only_downloaded(api: httpx.Client, conversation_id: str) -> None:
    page = upload(api, conversation_id, b"<script>alert(1)</script>", name="a.html", content_type="text/html")
    assert send(api, conversation_id, page).status_code == 200

    downloaded = httpx.get(page["attachment"]["url"], follow_redirects=True)

    assert downloaded.headers["Content-Disposition"].startswith("attachment")


def test_file_of_another_user_is_refused(stack: Stack, api: httpx.Client, conversation_id: str) -> None:
    headers = {"Authorization": f"Bearer {sign_up(stack)}"}
    with httpx.Client(base_url=api.base_url, headers=headers, timeout=TIMEOUT_SECONDS) as other:
        others = other.post("/conversations/start", json={}).json()["conversation_id"]
        started = upload(other, others)

        assert other.post(f"/conversations/{conversation_id}/files", json={}).status_code == 400
        body = {"name": "a", "content_type": "text/plain", "size": 1}
        assert other.post(f"/conversations/{conversation_id}/files", json=body).status_code == 403
    assert send(api, conversation_id, started).json()["error"] == "invalid_message"


def test_visitor_uploads_a_file_and_a_claim_keeps_it(stack: Stack, api: httpx.Client, connect: OpenConnection) -> None:
    with connect() as (connection, connected):
        started = upload_on_socket(connection, PNG, name="a.png", content_type="image/png")
        connection.send_message("Look", attachments=[{"file_id": started["file_id"]}])
        connection.send(type="upload", client_upload_id="u", size=0, name="a", content_type="text/plain")
        assert connection.receive_until(type="error", client_upload_id="u")["error"] == "invalid_request"
    link = started["attachment"]["url"]
    assert httpx.get(link, follow_redirects=True).content == PNG

    headers = {"Authorization": f"Bearer {sign_up(stack)}"}
    with httpx.Client(base_url=api.base_url, headers=headers, timeout=TIMEOUT_SECONDS) as user:
        body = {"session_token": connected["session_token"]}
        assert user.post("/conversations/claim", json=body).status_code == 200
        assert httpx.get(link, follow_redirects=True).content == PNG
        assert send(user, connected["conversation_id"], started).status_code == 200
        assert user.delete("/me").status_code in (202, 204)
    assert httpx.get(link).status_code == 404


def test_script_keeps_files_although_the_stack_restarts(
    stack: Stack, intake: str, connect: OpenConnection, token: str, api: httpx.Client
) -> None:
    with connect(token=token, query=f"?bot_id={intake}") as (connection, connected):
        assert connection.receive_answer()["content"] == "A photo, please."
        connection.send_message("here it is")
        assert connection.receive_answer()["content"].startswith("Please attach an image")
        photo = upload_on_socket(connection, PNG, name="a.png", content_type="image/png")
    if "pids" in stack:
        restart_stack(stack)
    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        connection.send_message("photo", attachments=[{"file_id": photo["file_id"]}])
        assert connection.receive_answer()["content"] == f"scans/photo.png, {len(PNG)} bytes of image/png"
        assert connection.receive_answer()["content"] == "And your list."
        list_ = upload_on_socket(connection, b"tea,5", name="tea.csv", content_type="text/csv")
        connection.send_message("list", attachments=[{"file_id": list_["file_id"]}])
        assert connection.receive_answer()["content"] == "tea.csv: tea,5, 1 scan"

    assert {"photo.png", "tea.csv"} <= set(list_files(api))
    assert api.delete("/me").status_code in (202, 204)
    assert httpx.get(photo["attachment"]["url"]).status_code == 404


def test_python_client_sends_a_file(stack: Stack, token: str, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    for user_token in (token, None):
        with Client(stack["base_url"], token=user_token) as client:
            conversation = client.conversation()
            conversation.ask("Hello", timeout=TIMEOUT_SECONDS)
            sent = conversation.delivered(
                conversation.send("Look", files=[tmp_path / "cat.png"]), timeout=TIMEOUT_SECONDS
            )
            (file,) = sent.attachments
            assert (file.name, httpx.get(file.url, follow_redirects=True).content) == ("cat.png", PNG)
