"""``CachedPrograms``: compiled programs are read from their store once."""

from dataclasses import dataclass, field

import pytest

from basic.bundle import dump_bundle
from conversations.domain.errors import ProgramNotFoundError
from conversations.engines.basic.programs import MAX_CACHED_PROGRAMS, CachedPrograms
from conversations.ports.bots import ProgramStore
from tests.fakes.scripts import a_bundle

BUNDLE = a_bundle({"start": 'TALK "Hi!"'})


@dataclass(slots=True)
class CountingStore(ProgramStore):
    keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> str:
        self.keys.append(key)
        if key == "missing":
            raise ProgramNotFoundError(key)
        return dump_bundle(BUNDLE)


def test_program_is_read_once() -> None:
    store = CountingStore()
    programs = CachedPrograms(store)

    assert {programs.get("a").program.id for _ in range(3)} == {BUNDLE.program.id}
    assert store.keys == ["a"]


def test_missing_program_is_not_cached() -> None:
    store = CountingStore()
    programs = CachedPrograms(store)

    for _ in range(2):
        with pytest.raises(ProgramNotFoundError):
            programs.get("missing")

    assert store.keys == ["missing"] * 2


def test_least_recently_used_program_is_removed() -> None:
    store = CountingStore()
    programs = CachedPrograms(store)
    for number in range(MAX_CACHED_PROGRAMS):
        programs.get(f"{number}")
    programs.get("0")

    programs.get("new")
    programs.get("0")
    programs.get("1")

    assert store.keys[MAX_CACHED_PROGRAMS:] == ["new", "1"]
