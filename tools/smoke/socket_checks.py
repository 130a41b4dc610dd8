"""Checks of the WebSocket API."""

import json
import time
from uuid import uuid4

from websockets.exceptions import ConnectionClosed

from tools.smoke.deployment import Deployment, Frame, expect, receive, send

_IDLE_SECONDS = 70
"""Longer than the idle timeouts of most proxies, and shorter than API Gateway's, which is 600 seconds."""

_MESSAGES = 5

_LARGE_ATTACHMENTS = [
    {"name": "a.png", "content_type": "image/png", "url": f"https://example.com/{number}/{'a' * 1_500}"}
    for number in range(10)
]


def check_visitor(deployment: Deployment) -> None:
    """A visitor opens a connection without a credential, is greeted, and returns with the session token."""
    with deployment.open_socket() as socket:
        connected = receive(socket, type="status", status="connected")
        expect(connected["anonymous"] is True, "the visitor is not anonymous")
    with deployment.open_socket(subprotocols=["session_token", connected["session_token"]]) as socket:
        expect(socket.subprotocol == "session_token", f"the chosen subprotocol is {socket.subprotocol}")
        session_id = receive(socket, type="status", status="connected")["session_id"]
    expect(session_id == connected["session_id"], "the visitor's session token opens another conversation")


def check_subprotocol(deployment: Deployment) -> None:
    """The token is accepted as a subprotocol, which the response confirms."""
    with deployment.open_socket(subprotocols=["bearer", deployment.token]) as socket:
        expect(socket.subprotocol == "bearer", f"the chosen subprotocol is {socket.subprotocol}")
        expect(receive(socket, type="status", status="connected")["anonymous"] is False, "the user is anonymous")


def check_ticket(deployment: Deployment) -> None:
    """A ticket opens one connection."""
    ticket = deployment.call("POST", "/tickets")["ticket"]
    statuses = [deployment.get_handshake_status(f"?ticket={ticket}") for _ in range(2)]
    expect(statuses == [101, 401], f"two uses of a ticket: {statuses}")


def check_refused_handshakes(deployment: Deployment) -> None:
    """A refused handshake has the status of the contract."""
    session = f"session-{uuid4()}"
    expected = {
        "an invalid token": (deployment.get_handshake_status(token="x.y.z"), {401}),
        "an invalid session token": (deployment.get_handshake_status("?session_token=x"), {401}),
        "an invalid session": (deployment.get_handshake_status("?session_id=x", token=deployment.token), {400}),
        "an unknown session": (
            deployment.get_handshake_status(f"?session_id={session}", token=deployment.token),
            {403, 404},
        ),
    }
    for what, (status, statuses) in expected.items():
        expect(status in statuses, f"{what}: {status} and not {sorted(statuses)}")


def check_order(deployment: Deployment) -> None:
    """Messages of one socket are numbered and delivered in order."""
    session = deployment.start_conversation()["session_id"]
    with deployment.open_socket(f"?session_id={session}", token=deployment.token) as socket:
        receive(socket, type="status", status="connected")
        frames: list[Frame] = []
        for number in range(_MESSAGES):
            message_id = str(uuid4())
            send(socket, type="message", content=f"number {number}", client_message_id=message_id)
            while frames[-1:] == [] or frames[-1].get("client_message_id") != message_id:
                frames.append(receive(socket))
        while sum(_is_answer(frame) for frame in frames) < _MESSAGES:
            frames.append(receive(socket))
    numbers = [frame["seq"] for frame in frames if _is_answer(frame)]
    expect(numbers == sorted(numbers), f"answers came in the order {numbers}")


def _is_answer(frame: Frame) -> bool:
    return (frame["type"], frame.get("sender")) == ("message", "bot")


def check_large_frame(deployment: Deployment) -> None:
    """A message between 32 and 128 KB reaches the other devices in one piece."""
    started = deployment.start_conversation()
    content = "\N{GRINNING FACE}" * 8_000
    with deployment.open_socket(f"?session_id={started['session_id']}", token=deployment.token) as socket:
        receive(socket, type="status", status="connected")
        body = {"content": content, "attachments": _LARGE_ATTACHMENTS}
        deployment.call("POST", f"/conversations/{started['conversation_id']}/messages", body)
        frame = receive(socket, type="message", sender="user")
    expect(frame["content"] == content, "the message arrived with another content")
    size = len(json.dumps(frame, ensure_ascii=False).encode())
    expect(size > 32 * 1024, f"the frame has {size} bytes only")


def check_frame_limit(deployment: Deployment) -> None:
    """A frame over 32 KB closes its connection with 1009."""
    with deployment.open_socket(token=deployment.token) as socket:
        receive(socket, type="status", status="connected")
        send(socket, type="message", content="a" * 40_000)
        try:
            while True:
                socket.recv(timeout=10)
        except ConnectionClosed as closed:
            code = None if closed.rcvd is None else closed.rcvd.code
            expect(code == 1009, f"the connection was closed with {code}")
        except TimeoutError:
            expect(condition=False, sentence="the connection stays open")


def check_idle(deployment: Deployment) -> None:
    """An idle connection stays open, and answers a ping."""
    with deployment.open_socket(token=deployment.token) as socket:
        receive(socket, type="status", status="connected")
        time.sleep(_IDLE_SECONDS)
        send(socket, type="ping")
        receive(socket, type="status", status="pong")
