"""The published indexes: one object each in the bucket, read once per warm function."""

from dataclasses import field
from threading import Lock
from typing import Protocol

from cachetools import LRUCache

from conversations.data_classes import dataclass
from conversations.engines.knowledge.index import KnowledgeIndex, load_index
from conversations.ports.knowledge import KnowledgeStore

MAX_CACHED_BYTES = 64 * 1024 * 1024
"""Bytes of the indexes that a warm function keeps: an eighth of its memory. The least recently used are removed."""


class Bases(Protocol):
    """The published indexes."""

    def get(self, key: str) -> KnowledgeIndex:
        """Return an index; see ``CachedBases.get``."""
        ...


def _new_cache() -> LRUCache[str, KnowledgeIndex]:
    return LRUCache(MAX_CACHED_BYTES, getsizeof=lambda index: index.size)


@dataclass(frozen=True, slots=True)
class CachedBases(Bases):
    """The indexes of a store. A stored index never changes, so a cached one stays valid."""

    store: KnowledgeStore
    _cache: LRUCache[str, KnowledgeIndex] = field(default_factory=_new_cache)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> KnowledgeIndex:
        """Return an index.

        Raises
        ------
        NotFoundError
            If there is none with this key.
        UnavailableError
            If the store does not respond.
        IndexFormatError
            If a later version has written it.
        """
        # Turns of several conversations may run side by side.
        with self._lock:
            index = self._cache.get(key)
        if index is None:
            index = load_index(self.store.read(key))
            if index.size <= MAX_CACHED_BYTES:
                with self._lock:
                    self._cache[key] = index
        return index
