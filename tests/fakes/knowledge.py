"""Knowledge bases in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.domain.errors import NotFoundError
from conversations.domain.knowledge import Passage
from conversations.engines.knowledge.index import build_index
from conversations.engines.knowledge.vectors import quantize
from conversations.ports.knowledge import KnowledgeStore
from tests.fakes.models import FakeEmbedders


@dataclass(slots=True)
class InMemoryKnowledgeStore(KnowledgeStore):
    """``KnowledgeStore``: the bucket of indexes.

    Attributes
    ----------
    objects
        The indexes by their keys.
    reads
        The keys that were read.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        self.reads.append(key)
        if key not in self.objects:
            raise NotFoundError(key)
        return self.objects[key]

    def add(self, bases: Mapping[str, Sequence[Passage]], embedders: FakeEmbedders | None = None) -> dict[str, str]:
        """Store bases, and return the keys of their indexes by their names."""
        keys = {name: f".knowledge/{name}/{len(self.objects)}" for name in bases}
        for name, passages in bases.items():
            texts = [passage.text for passage in passages]
            vectors = [] if embedders is None else embedders.embed(texts, "document", 1)
            self.objects[keys[name]] = build_index(passages, [quantize(vector) for vector in vectors])
        return keys


SHOP: Mapping[str, Sequence[Passage]] = {
    "returns": (
        Passage("You can return a lamp within 30 days. Bring the receipt.", "returns.md", "Returns"),
        Passage("A refund takes five days and goes to your card.", "returns.md", "Returns > Refunds"),
    ),
    "hours": (
        Passage("We open at nine and close at six, from Monday to Friday.", "hours.pdf", page=2),
        Passage("The store is near the station.", "hours.pdf", page=3),
    ),
}
"""Two knowledge bases of a shop."""
