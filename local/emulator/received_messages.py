"""Makes messages visible again that a function had received when the local stack was stopped."""

from collections.abc import Callable
from typing import Any

type LoadState = Callable[[Any], None]


def release_received_messages(queues: Any, load: LoadState) -> LoadState:  # noqa: ANN401 - a private type
    """End the visibility timeout of each message that was received before the restart.

    No function survives a restart of the local stack, so no other worker has the message. Without this, an answer that
    a restart has interrupted would come after the visibility timeout of 45 seconds. On AWS there is no such restart.

    Parameters
    ----------
    queues
        Where MiniStack stores the queues of all accounts.
    load
        The function that loads what was saved into it.
    """

    def load_and_release(state: Any) -> None:  # noqa: ANN401 - a private type
        load(state)
        for queue in queues._data.values():  # noqa: SLF001 - its iterator has those of one account only
            for message in queue["messages"]:
                if message.get("receive_count", 0):
                    message["visible_at"] = 0

    return load_and_release
