"""``tools.words``: the vocabulary of the code."""

from pathlib import Path

import pytest

from tools import words
from tools.words import Vocabulary

VOCABULARY = Vocabulary(
    words={"told": "sent", "is none": "is missing"},
    patterns={r"\bdef (\w+_)?of\(": "a verb"},
    phrases={"also if": "even if"},
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("told = send(frame)", "told"),
        ("def told_others(self): ...", "told"),
        ("class ToldFrame:", "told"),
        ("const untilTold = 1;", "told"),
        ("# The user is told.", "told"),
        ('"""Return a body where there is none."""', "is none"),
        ("def clock_of(time_left): ...", r"\bdef (\w+_)?of\("),
    ],
)
def test_forbidden_word_is_found(text: str, word: str) -> None:
    assert [finding.word for finding in VOCABULARY.find("x.py", text)] == [word]


@pytest.mark.parametrize("text", ["if x is None:", "a bold name", "def offer(): ...", "the user of the ticket"])
def test_other_text_is_accepted(text: str) -> None:
    assert list(VOCABULARY.find("x.py", text)) == []


def test_phrase_is_found_in_documents_only() -> None:
    assert [finding.word for finding in VOCABULARY.find("docs/x.md", "It works, also if it is told so.")] == [
        "told",
        "also if",
    ]
    assert list(VOCABULARY.find("x.py", "# It works, also if it is off.")) == []


def test_finding_names_place_and_replacement() -> None:
    (finding,) = VOCABULARY.find("layers/x.py", "\n# told\n")

    assert str(finding) == "layers/x.py:2: told -> sent"


def test_exceptions_are_not_found_and_unused_ones_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("told = 1\n")
    (tmp_path / "b.py").write_text("told = 1\n")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "c.py").write_text("told = 1\n")
    monkeypatch.setattr(words, "ROOT", tmp_path)
    exceptions = [{"file": name, "word": "told", "reason": "stored"} for name in ("a.py", "z.py")]
    settings: dict[str, object] = {"paths": ["."], "suffixes": [".py"], "skipped": ["dist"], "words": {"told": "sent"}}
    settings |= {"patterns": {}, "phrases": {}}

    findings, unused = words.find_all(settings | {"exception": exceptions})

    assert [finding.file for finding in findings] == ["b.py"]
    assert unused == ["z.py: told"]
