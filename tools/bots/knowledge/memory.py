"""The knowledge bases of a package in memory, for conversations in the terminal: they are searched by words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conversations.domain.errors import NotFoundError
from conversations.engines.knowledge.bases import Bases
from conversations.engines.knowledge.index import KnowledgeIndex, build_index, load_index
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from tools.bots.knowledge.bases import KnowledgeBase


@dataclass
class _PackageBases(Bases):
    """``Bases`` of packages; an index is built when it is first searched."""

    bases: Mapping[str, KnowledgeBase]
    indexes: dict[str, KnowledgeIndex] = field(default_factory=dict)

    def get(self, key: str) -> KnowledgeIndex:
        if key not in self.bases:
            raise NotFoundError(key)
        if key not in self.indexes:
            self.indexes[key] = load_index(build_index(self.bases[key].passages))
        return self.indexes[key]


def build_search(bases: Mapping[str, KnowledgeBase]) -> KnowledgeSearch:
    """Return the search in knowledge bases that are not published, by the keys of their indexes."""
    return KnowledgeSearch(_PackageBases(bases))
