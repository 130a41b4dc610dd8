"""How the emulator saves the states of its services."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.emulator import saved_states
from local.emulator.saved_states import save_changing_states


class ChangingService:
    """A service whose state changes during the first copies."""

    def __init__(self, times: int) -> None:
        self.times = times

    def get_state(self) -> str:
        if self.times:
            self.times -= 1
            raise RuntimeError("dictionary changed size during iteration")
        return "state"


def read_all(services: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    save_changing_states(lambda states: read.update({name: get() for name, get in states.items()}))(services)
    return read


def test_state_that_changes_while_it_is_read_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_states, "_PAUSE_SECONDS", 0)
    services = {"logs": ChangingService(9).get_state, "tables": ChangingService(0).get_state}

    assert read_all(services) == {"logs": "state", "tables": "state"}


def test_state_that_cannot_be_read_is_an_error_as_without_the_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_states, "_PAUSE_SECONDS", 0)

    with pytest.raises(RuntimeError):
        read_all({"logs": ChangingService(10).get_state})
