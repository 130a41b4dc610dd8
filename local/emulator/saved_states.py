"""Saves the state of a service that changes while it is read."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

type ReadState = Callable[[], Any]
type SaveAll = Callable[[Mapping[str, ReadState]], None]

_TRIES = 10
_PAUSE_SECONDS = 0.1


def save_changing_states(save_all: SaveAll) -> SaveAll:
    """Read the state of a service again if it has changed while it was copied.

    MiniStack saves all states at shutdown, while functions still write log lines. It does not save one whose copy fails
    with "dictionary changed size during iteration".
    """

    def save(services: Mapping[str, ReadState]) -> None:
        save_all({name: partial(_read, read_state) for name, read_state in services.items()})

    return save


def _read(read_state: ReadState) -> Any:  # noqa: ANN401 - of any service
    for _ in range(_TRIES - 1):
        try:
            return read_state()
        except RuntimeError:
            time.sleep(_PAUSE_SECONDS)
    return read_state()
