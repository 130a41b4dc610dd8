"""The knowledge bases of a package: their passages, and where their indexes are stored."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field

from conversations.domain.knowledge import Passage
from conversations.domain.model import ModelReference
from conversations.engines.knowledge.index import FORMAT

PREFIX = ".knowledge"
"""What the keys of indexes begin with; no bot id begins with a dot."""


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """A knowledge base of a package.

    Attributes
    ----------
    passages
        Its passages.
    digests
        The SHA-256 of each of its files, by their paths: for comparing versions.
    """

    passages: Sequence[Passage]
    digests: Mapping[str, str] = field(default_factory=dict)


def build_key(bot_id: str, base: KnowledgeBase, embedding: ModelReference | None) -> str:
    """Return the key of a base's index: a hash of what it is made of, so another content is another object."""
    model = None if embedding is None else [embedding.provider, embedding.model, embedding.url]
    content = json.dumps([FORMAT, model, [astuple(passage) for passage in base.passages]])
    return f"{PREFIX}/{bot_id}/{hashlib.sha256(content.encode()).hexdigest()[:32]}"
