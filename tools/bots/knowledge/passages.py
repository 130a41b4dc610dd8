"""Divides documents into passages."""

import re
from collections.abc import Iterable, Iterator, Sequence

from conversations.domain.knowledge import Passage
from conversations.engines.output_text import clean
from tools.bots.knowledge.documents import Section

MAX_PASSAGE_LENGTH = 1_000
"""Characters of a passage: a paragraph or two, some 250 tokens. Five of them leave room for the conversation, and an
embedding model with 512 tokens reads all of one."""

_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?؟。！？])\s+")  # noqa: RUF001 - of Arabic, Chinese and Japanese


def build_passages(sections: Iterable[Section], name: str, url: str = "") -> list[Passage]:
    """Return the passages of a document.

    A passage does not go beyond its section or page. It ends with a paragraph, or with a sentence of a longer one.
    Sections without heading and page, such as the rows of a table, share a passage.
    """
    return [
        Passage(text, name, section.heading, section.page, url)
        for section in _join_rows(sections)
        for text in _split_text(clean(section.text))
    ]


def _join_rows(sections: Iterable[Section]) -> Iterator[Section]:
    """Join sections that have neither a heading nor a page, with an empty line between them."""
    loose: list[str] = []
    for section in sections:
        if section.heading or section.page:
            yield section
        else:
            loose.append(section.text)
    if loose:
        yield Section("\n\n".join(loose))


def _split_text(text: str) -> Iterator[str]:
    return _fill([part for paragraph in _PARAGRAPH.split(text) for part in _split_paragraph(paragraph.strip())], "\n\n")


def _split_paragraph(paragraph: str) -> list[str]:
    if len(paragraph) <= MAX_PASSAGE_LENGTH:
        return [paragraph] if paragraph else []
    # Lines stay lines: they may be the rows of a table, or items of a list.
    return [*_fill([part for line in paragraph.splitlines() for part in _split_line(line.strip())], "\n")]


def _split_line(line: str) -> Iterator[str]:
    sentences = (part.strip() for part in _SENTENCE_END.split(line))
    return _fill([part for sentence in sentences for part in _cut(sentence)], " ")


def _cut(sentence: str) -> Iterator[str]:
    """Cut a sentence that is longer than a passage, between words if it has any."""
    while len(sentence) > MAX_PASSAGE_LENGTH:
        end = sentence.rfind(" ", MAX_PASSAGE_LENGTH // 2, MAX_PASSAGE_LENGTH)
        end = MAX_PASSAGE_LENGTH if end < 0 else end
        yield sentence[:end].strip()
        sentence = sentence[end:].strip()
    if sentence:
        yield sentence


def _fill(parts: Sequence[str], separator: str) -> Iterator[str]:
    """Join parts to texts of at most the length of a passage."""
    text = ""
    for part in parts:
        joined = f"{text}{separator}{part}" if text else part
        if len(joined) > MAX_PASSAGE_LENGTH:
            yield text
            joined = part
        text = joined
    if text:
        yield text
