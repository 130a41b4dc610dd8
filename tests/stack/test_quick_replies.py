"""Quick replies on two devices of a user at once: one asks for them within messages, and the other one does not."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection, Frame

_SCRIPT = """
ADD SUGGESTION "Prices"
TALK "Welcome."
HEAR question
CLEAR SUGGESTIONS
ADD SUGGESTION "Why?"
TALK "It is free."
HEAR question
CLEAR SUGGESTIONS
ADD SUGGESTION "Thanks"
TALK "One moment."
WAIT 1
TALK "We like you."
HEAR question
CLEAR SUGGESTIONS
ADD SUGGESTION "Colours"
HEAR question
CLEAR SUGGESTIONS
TALK "I have two."
ADD SUGGESTION "Red"
TALK "Red or blue?"
ADD SUGGESTION "Blue"
HEAR question
"""


@pytest.fixture
def quick_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    folder = tmp_path / "quick.gbai" / "quick.gbdialog"
    folder.mkdir(parents=True)
    (folder / "start.bas").write_text(_SCRIPT, encoding="utf-8")
    return publish_package(folder.parent, stack, aws)


def describe(frames: Iterable[Frame]) -> list[tuple[str, ...]]:
    """Return the type or status, the content and the quick replies of each frame."""
    return [
        (
            frame.get("status") or frame["type"],
            *([frame["content"]] if "content" in frame else []),
            *(each["text"] for each in frame.get("suggestions", ())),
        )
        for frame in frames
    ]


def say(connection: Connection, content: str, *quick_replies: str) -> None:
    """Send a message, and wait for these quick replies to the answer."""
    connection.send_message(content)
    connection.receive_until(type="suggestion", suggestions=[{"text": each, "value": each} for each in quick_replies])


def test_device_receives_quick_replies_as_it_has_asked(
    create_user: Callable[..., str], connect: OpenConnection, quick_bot: str
) -> None:
    token = create_user()
    with connect(token=token, query=f"?bot_id={quick_bot}") as (old, connected):
        old.receive_until(type="suggestion")
        session_id = connected["session_id"]
        with connect(token=token, query=f"?session_id={session_id}&suggestions=message") as (new, _):
            new.send(type="resume", session_id=session_id)
            new.receive_until(type="status", status="resumed")

            say(old, "Prices", "Why?")
            say(old, "Why?", "Thanks")
            say(old, "Thanks", "Colours")
            say(old, "Colours", "Red", "Blue")
            new.receive_until(type="message", content="Red or blue?")
            assert new.receive_all(1) == old.receive_all(1) == []

    assert describe(old.frames) == [
        ("connected",),
        ("message", "Welcome.", "Prices"),
        ("suggestion", "Prices"),
        ("delivered",),
        ("message", "It is free.", "Why?"),
        ("suggestion", "Why?"),
        ("delivered",),
        ("message", "One moment."),
        ("typing",),
        ("message", "We like you.", "Thanks"),
        ("suggestion", "Thanks"),
        ("delivered",),
        # A turn sends the delayed messages of the one before again.
        ("message", "We like you.", "Thanks"),
        ("suggestion", "Thanks"),
        ("suggestion", "Colours"),
        ("delivered",),
        ("message", "I have two."),
        ("message", "Red or blue?", "Red", "Blue"),
        ("suggestion", "Red", "Blue"),
    ]
    assert describe(new.frames) == [
        ("connected",),
        ("message", "Welcome.", "Prices"),
        ("resumed",),
        ("message", "Prices"),
        ("message", "It is free.", "Why?"),
        ("message", "Why?"),
        ("message", "One moment."),
        ("typing",),
        ("message", "We like you.", "Thanks"),
        ("message", "We like you.", "Thanks"),
        ("message", "Thanks"),
        ("suggestion", "Colours"),
        ("message", "Colours"),
        ("message", "I have two."),
        ("message", "Red or blue?", "Red", "Blue"),
    ]
