"""A device that misses the last message, because ``@connections`` refuses it, shows it nevertheless."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.stack.client_app import run_app
from tests.stack.conftest import MakeDoor, OpenConnection, Stack
from tests.stack.connection import TIMEOUT_SECONDS
from tests.stack.test_client import IMPATIENT, check_shown_history

type RefuseFrames = Callable[[], Any]


@pytest.fixture
def refuse_frames(stack: Stack, aws: Callable[[str], Any]) -> RefuseFrames:
    """Return a context in which the frames of turns are refused; their connections can be closed."""
    if "pids" not in stack:
        pytest.skip("on AWS a change of a policy takes minutes")
    configuration = aws("lambda").get_function_configuration(FunctionName=stack["outputs"]["RunTurnFunctionName"])
    policy = {"RoleName": configuration["Role"].rpartition("/")[2], "PolicyName": "refuse-frames"}
    resource = "arn:aws:execute-api:*:*:*/ws/POST/@connections/*"
    statement = {"Effect": "Deny", "Action": "execute-api:ManageConnections", "Resource": resource}

    @contextmanager
    def refuse() -> Iterator[None]:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws("iam").put_role_policy(**policy, PolicyDocument=document)
        try:
            yield
        finally:
            aws("iam").delete_role_policy(**policy)

    return refuse


def test_device_that_missed_an_answer_is_closed_and_resumes(
    connect: OpenConnection, token: str, refuse_frames: RefuseFrames
) -> None:
    with connect(token=token) as (phone, connected):
        phone.receive_answer()
        with refuse_frames():
            sent = phone.send_message("Hello")
            with pytest.raises(ConnectionClosed):
                phone.receive_all(TIMEOUT_SECONDS)
    assert "bot" not in [frame.get("sender") for frame in phone.frames[phone.frames.index(sent) :]]

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (phone, _):
        phone.send(type="resume", session_id=connected["session_id"], after=sent["message_id"])

        assert phone.receive_answer()["seq"] == sent["seq"] + 1


def test_client_shows_an_answer_whose_frame_was_refused(
    make_door: MakeDoor, api: httpx.Client, token: str, refuse_frames: RefuseFrames
) -> None:
    conversation = str(api.post("/conversations/start", json={}).json()["conversation_id"])
    with run_app(make_door(), token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("status", "live")
        with refuse_frames():
            app.run("send", "Hello")
            app.wait_for("state", "waiting")

        # Nobody sends anything more.
        check_shown_history(app, api, conversation, ["Hello"])
