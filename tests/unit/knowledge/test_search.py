"""The search in knowledge bases: words of several languages, BM25, vectors, and the stored index."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.errors import NotFoundError
from conversations.domain.knowledge import FoundPassage, Passage, list_sources
from conversations.engines.knowledge import index as module
from conversations.engines.knowledge.bases import CachedBases
from conversations.engines.knowledge.index import IndexFormatError, KnowledgeIndex, build_index, load_index
from conversations.engines.knowledge.search import search
from conversations.engines.knowledge.vectors import Vectors, quantize
from conversations.engines.knowledge.words import get_stem, list_words
from tests.fakes.knowledge import SHOP, InMemoryKnowledgeStore


def load(bases: Mapping[str, Sequence[Passage]]) -> dict[str, KnowledgeIndex]:
    """Return the indexes of bases, as they are stored and read."""
    return {name: load_index(build_index(passages)) for name, passages in bases.items()}


def find(query: str, *texts: str) -> list[str]:
    """Return which of some texts match a question, the best first."""
    bases = load({"docs": [Passage(text, f"{number}.md") for number, text in enumerate(texts)]})
    return [found.passage.text for found in search(bases, query, None, 5)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("How do I return something?", "Returned goods are refunded."),
        ("¿Qué políticas de devolución tienen?", "Nuestra politica de devoluciones es de treinta dias."),
        ("Quais são as condições de devolução?", "Condicoes para devoluções: trinta dias."),
        ("Wann ist die Lieferung da?", "Unsere Lieferzeiten: drei Tage."),
        ("Grössen der Schuhe", "Größe 42 ist bei Schuhen die häufigste."),
        ("ما هي أوقات العمل؟", "وقت العمل من التاسعة"),
        ("返品はできますか", "商品の返品は三十日以内です"),
    ],
)
def test_passage_is_found_by_other_forms_of_its_words(query: str, expected: str) -> None:
    others = ["The station is near.", "Das Wetter ist schön.", "Nada que ver con esto."]

    assert find(query, *others, expected)[0] == expected


def test_word_that_matches_exactly_is_before_a_shared_stem() -> None:
    assert find("international", "Internal matters.", "International matters.") == [
        "International matters.",
        "Internal matters.",
    ]


def test_question_without_words_of_its_own_finds_nothing() -> None:
    assert find("What is it, and how are you?", "What is it about?") == []
    assert find("", "A text.") == []


def test_name_and_headings_are_searched() -> None:
    bases = load(
        {"docs": [Passage("Thirty days.", "guide.md", "Warranty"), Passage("Ten days.", "guide.md", "Returns")]}
    )

    (found,) = search(bases, "warranty", None, 5)

    assert (found.base, found.passage.text) == ("docs", "Thirty days.")


def test_bases_are_searched_as_if_they_were_one() -> None:
    found = search(load(SHOP), "Is the store open on Monday?", None, 2)

    assert [(each.base, each.passage.page) for each in found] == [("hours", 2), ("hours", 3)]


def test_relevance_is_the_share_of_the_words_that_a_passage_has() -> None:
    whole, half = (search(load(SHOP), query, None, 1)[0].relevance for query in ("return lamp", "lamp xylophone"))

    assert whole == 1
    assert half == 0.5


def test_vector_finds_what_words_do_not() -> None:
    passages = [Passage("We ship by train.", "a.md"), Passage("Money comes back.", "b.md")]
    stored = build_index(passages, [quantize([1, -0.5, 0.1]), quantize([-0.3, 1, 0.2])])

    found = search({"docs": load_index(stored)}, "reembolso", quantize([-0.2, 0.9, 0.2]), 5)

    assert found[0].passage.text == "Money comes back."
    assert found[0].relevance > 0.95
    assert found[1].relevance < 0.2


def test_words_and_vectors_are_joined() -> None:
    passages = [Passage("Lamps.", "a.md"), Passage("Lights and lamps.", "b.md"), Passage("Lights.", "c.md")]
    vectors = [quantize(vector) for vector in ([1, -1], [0.9, 1], [-1, 1])]

    found = search({"docs": load_index(build_index(passages, vectors))}, "lamps", quantize([0.8, 1]), 3)

    # The second one is first by its vector and second by its words.
    assert found[0].passage.name == "b.md"


def test_vector_of_another_model_is_not_compared() -> None:
    index = load_index(build_index([Passage("Lamps.", "a.md")], [quantize([1, 0])]))

    assert search({"docs": index}, "nothing", quantize([1, 0, 1]), 5) == []


@given(st.lists(st.lists(st.floats(-1, 1), min_size=16, max_size=16), min_size=1, max_size=50))
def test_nearest_vector_is_the_one_that_was_asked_for(vectors: list[list[float]]) -> None:
    stored = [quantize(vector) for vector in vectors]
    index = Vectors(16, b"".join(stored))

    for vector in stored:
        cosine, position = index.find_nearest(vector, 1)[0]
        if any(vector):
            assert cosine == pytest.approx(1, abs=0.001)
            # Vectors of one direction may differ in length.
            assert index.find_nearest(stored[position], 1)[0][0] == pytest.approx(1, abs=0.001)


@given(st.lists(st.text(max_size=200), max_size=20), st.text(max_size=100))
def test_any_text_can_be_indexed_and_searched(texts: list[str], query: str) -> None:
    passages = [Passage(text.encode(errors="ignore").decode(), "a.md") for text in texts]
    index = load_index(build_index(passages))

    found = search({"docs": index}, query.encode(errors="ignore").decode(), None, 5)

    assert index.passages == passages
    assert all(0 <= each.relevance <= 1 for each in found)
    assert [each.passage for each in found] == [each.passage for each in search({"docs": index}, query, None, 5)]


def test_index_of_a_later_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = build_index([Passage("Lamps.", "a.md")])
    monkeypatch.setattr(module, "FORMAT", 0)

    with pytest.raises(IndexFormatError, match="format 1"):
        load_index(stored)


def test_building_an_index_again_gives_the_same_bytes() -> None:
    assert build_index(SHOP["returns"]) == build_index(SHOP["returns"])


def test_index_is_read_once() -> None:
    store = InMemoryKnowledgeStore()
    keys = store.add({"returns": SHOP["returns"]})
    bases = CachedBases(store)

    assert bases.get(keys["returns"]) is bases.get(keys["returns"])
    assert store.reads == [keys["returns"]]
    with pytest.raises(NotFoundError):
        bases.get("missing")


def test_words_are_folded() -> None:
    assert list_words("Straße_Élan, ação! 3.50 أُهلاً") == ["strasse", "elan", "acao", "3", "50", "اهلا"]


@pytest.mark.parametrize(
    ("word", "stem"),
    [("policies", "polic"), ("policy", "polic"), ("refunds", "refun"), ("bus", "bus"), ("2026", "2026")],
)
def test_stem_is_what_remains_without_an_ending(word: str, stem: str) -> None:
    assert get_stem(word) == stem


def test_sources_are_listed_once_and_bounded() -> None:
    found = [FoundPassage("docs", Passage("a", "x" * 300, "Heading", 2), 1)] * 2
    found += [
        FoundPassage("docs", Passage("a", f"{number}.md", url="https://a.example/" + "b" * 600), 1)
        for number in range(9)
    ]

    sources = list_sources(found)

    assert len(sources) == 5
    assert (len(sources[0].name), sources[0].heading, sources[0].page) == (200, "Heading", 2)
    assert sources[1].url is None
