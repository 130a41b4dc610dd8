"""Passages of a bot's knowledge bases, and the sources that clients are shown."""

from typing import NamedTuple

from pydantic import Field

from conversations.data_classes import dataclass
from conversations.domain.entity import Entity

MAX_SOURCES = 5
"""Sources of one message: as many as the passages that a language model is given."""

MAX_SOURCE_LENGTH = 200
"""Characters of the name and of the heading of a source. The sources of a message have some 5 KB at most."""

MAX_URL_LENGTH = 500


class Source(Entity):
    """Where a part of an answer comes from."""

    name: str = Field(description="file of the knowledge base, or title of the web page")
    heading: str | None = Field(default=None, description="the headings above the passage, if there are any")
    page: int | None = Field(default=None, description="page of the file, from 1, if it has pages")
    url: str | None = Field(default=None, description="address of the web page; absent for a file")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document, as long as what is found and shown at once.

    Attributes
    ----------
    text
        Its text.
    name
        File of the knowledge base, or title of the web page.
    heading
        The headings above it, joined; empty if there are none.
    page
        Page of the file, from 1; 0 if it has no pages.
    url
        Address of the web page; empty for a file.
    """

    text: str
    name: str
    heading: str = ""
    page: int = 0
    url: str = ""

    def to_source(self) -> Source:
        """Return what clients are shown."""
        return Source(
            name=self.name[:MAX_SOURCE_LENGTH],
            heading=self.heading[:MAX_SOURCE_LENGTH] or None,
            page=self.page or None,
            url=self.url if 0 < len(self.url) <= MAX_URL_LENGTH else None,
        )


class FoundPassage(NamedTuple):
    """A passage that was found.

    Attributes
    ----------
    base
        Name of the knowledge base.
    passage
        The passage.
    relevance
        How well it matches the question, from 0 to 1: the larger one of the share of the question's words that it has,
        weighted by their rarity, and of the cosine of both vectors.
    """

    base: str
    passage: Passage
    relevance: float


def list_sources(found: "list[FoundPassage]") -> tuple[Source, ...]:
    """Return the sources of passages, each once, in order."""
    return tuple(dict.fromkeys(each.passage.to_source() for each in found))[:MAX_SOURCES]
