"""The published versions of BASIC bots: one object each in the bucket, read once per warm function."""

from dataclasses import field
from threading import Lock
from typing import Protocol

from cachetools import LRUCache
from pydantic import Field, JsonValue

from basic.bundle import Bundle, load_bundle
from basic.program import Program
from conversations.data_classes import dataclass
from conversations.domain.entity import Entity
from conversations.ports.bots import ProgramStore

MAX_CACHED_PROGRAMS = 50
"""Versions that a warm function keeps in memory; the least recently used are removed."""


class ProgramReference(Entity):
    """The content of ``Bot.program`` of a BASIC bot."""

    version: str
    key: str
    mails: bool = Field(default=False, description="whether scripts run for mails")


def parse_program_reference(program: dict[str, JsonValue]) -> ProgramReference:
    """Parse ``Bot.program``.

    Raises
    ------
    pydantic.ValidationError
        If it is not a program reference.
    """
    return ProgramReference.model_validate(program)


def build_program_key(bot_id: str, version: str) -> str:
    """Return the key of a bot's version in the bucket."""
    return f"{bot_id}/{version}.json"


def build_program(bot_id: str, program: Program) -> dict[str, JsonValue]:
    """Return ``Bot.program`` of a version, without what has its default: earlier functions know no other fields."""
    reference = ProgramReference(
        version=program.id, key=build_program_key(bot_id, program.id), mails=bool(program.list_mail_addresses())
    )
    return reference.model_dump(exclude_defaults=True)


class Programs(Protocol):
    """The published versions of bots."""

    def get(self, key: str) -> Bundle:
        """Return a program; see ``CachedPrograms.get``."""
        ...


def _new_cache() -> LRUCache[str, Bundle]:
    return LRUCache(MAX_CACHED_PROGRAMS)


@dataclass(frozen=True, slots=True)
class CachedPrograms(Programs):
    """The programs of a store. A stored program never changes, so a cached one stays valid."""

    store: ProgramStore
    _cache: LRUCache[str, Bundle] = field(default_factory=_new_cache)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> Bundle:
        """Return a program.

        Raises
        ------
        ProgramNotFoundError
            If no program has this key.
        UnavailableError
            If the store does not respond.
        basic.program.ProgramFormatError
            If an incompatible compiler built it.
        """
        # Turns of several conversations may run side by side.
        with self._lock:
            bundle = self._cache.get(key)
        if bundle is None:
            bundle = load_bundle(self.store.read(key))
            with self._lock:
                self._cache[key] = bundle
        return bundle
