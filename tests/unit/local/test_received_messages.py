"""A restart of the local stack ends the visibility timeout of what functions had received."""

from types import SimpleNamespace
from typing import Any

from local.emulator.received_messages import release_received_messages


def test_received_messages_are_visible_and_delayed_ones_are_not() -> None:
    queues = SimpleNamespace(_data={})

    def load(state: Any) -> None:  # noqa: ANN401 - of MiniStack
        queues._data.update(state)  # noqa: SLF001 - as MiniStack stores them

    received = {"visible_at": 9_999_999_999, "receive_count": 2}
    delayed = {"visible_at": 9_999_999_999, "receive_count": 0}
    old = {"visible_at": 5}
    release_received_messages(queues, load)({("1", "us-east-1", "url"): {"messages": [received, delayed, old]}})

    assert [each["visible_at"] for each in (received, delayed, old)] == [0, 9_999_999_999, 5]


def test_stack_that_has_saved_nothing_starts() -> None:
    release_received_messages(SimpleNamespace(_data={}), lambda _: None)(None)
