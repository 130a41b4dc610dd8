"""Searches the knowledge bases of a bot: reads their indexes and asks for the vector of the question."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence

from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError, UnavailableError
from conversations.domain.knowledge import FoundPassage
from conversations.domain.model import ModelReference, ModelRefusedError
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.knowledge.bases import Bases
from conversations.engines.knowledge.index import IndexFormatError, KnowledgeIndex
from conversations.engines.knowledge.search import search
from conversations.engines.knowledge.vectors import quantize
from conversations.ports.knowledge import Embedders

logger = logging.getLogger(__name__)

MAX_FOUND = 5
"""Passages that a search returns: up to 1,000 characters each, some 1,300 tokens together."""

MAX_EMBED_SECONDS = 3
"""How long the vector of a question may take. An answer without it is better than one that comes too late."""

MAX_QUERY_LENGTH = 2_000
"""Characters of a question that are embedded: below the 512 tokens of the smallest models' limits."""


@dataclass(frozen=True, slots=True)
class BotKnowledge:
    """The knowledge of one version of a bot.

    Attributes
    ----------
    keys
        Where the indexes are, by the names of the bases.
    embedding
        The model that has made their vectors; None if they have none.
    """

    keys: Mapping[str, str]
    embedding: ModelReference | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeSearch:
    """Searches knowledge bases.

    Attributes
    ----------
    bases
        The indexes.
    embedders
        Returns the embedding models; None for functions that ask none, which search by words.
    """

    bases: Bases
    embedders: Callable[[], Embedders] | None = None

    def find(
        self, knowledge: BotKnowledge, names: Sequence[str], query: str, journal: ReplayJournal, seconds: float
    ) -> list[FoundPassage]:
        """Return the passages that match a question best.

        The vector of the question is a read in the journal, so a turn that is run again finds the same.

        Parameters
        ----------
        knowledge
            What the bot knows.
        names
            The attached bases.
        query
            The question.
        journal
            The journal of the turn.
        seconds
            How long the turn may take.

        Raises
        ------
        UnavailableError
            If the store of the indexes does not respond.
        """
        indexes = self._load(knowledge, names)
        has_vectors = any(index.vectors is not None for index in indexes.values())
        vector = self._embed(knowledge.embedding, query, journal, seconds) if has_vectors else None
        return search(indexes, query, vector, MAX_FOUND)

    def _load(self, knowledge: BotKnowledge, names: Sequence[str]) -> dict[str, KnowledgeIndex]:
        indexes: dict[str, KnowledgeIndex] = {}
        for name in names:
            key = knowledge.keys.get(name)
            if key is None:
                continue
            try:
                indexes[name] = self.bases.get(key)
            except (NotFoundError, IndexFormatError) as error:
                # The other bases can still answer.
                logger.error("knowledge base cannot be read: %s", error)  # noqa: TRY400 - the error says it all
        return indexes

    def _embed(
        self, reference: ModelReference | None, query: str, journal: ReplayJournal, seconds: float
    ) -> bytes | None:
        embedders = self.embedders
        if embedders is None or reference is None or not query.strip():
            return None

        def embed() -> Value:
            limit = min(seconds, MAX_EMBED_SECONDS)
            try:
                vectors = embedders().get(reference).embed([query[:MAX_QUERY_LENGTH]], "query", limit)
            except (UnavailableError, ModelRefusedError) as error:
                logger.warning("the embedding model does not answer, so the search is by words: %s", error)
                # safeguard: embedding-failed
                return None
            return b64encode(quantize(vectors[0])).decode()

        stored = journal.run_read("embed", embed)
        return b64decode(stored) if isinstance(stored, str) else None
