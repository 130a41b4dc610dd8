"""Check that the code and the documents use the vocabulary of the glossary: ``python -m tools.words [--count]``.

``tools/forbidden_words.toml`` has the words, what to use instead, and the exceptions with their reasons.
"""

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.documents import ROOT

LIST = ROOT / "tools/forbidden_words.toml"

_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]")


@dataclass(frozen=True, slots=True)
class Finding:
    """A forbidden word in a line of a file."""

    file: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        """Format the finding for the terminal."""
        return f"{self.file}:{self.line}: {self.word} -> {self.instead}"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The forbidden words, by the expressions that find them in a line and in its words.

    The phrases are forbidden only in documents.
    """

    words: Mapping[str, str]
    patterns: Mapping[str, str]
    phrases: Mapping[str, str]

    def find(self, file: str, text: str) -> Iterator[Finding]:
        """Yield each forbidden word of a text with its line."""
        any_word = re.compile(rf"\b({'|'.join(map(re.escape, sorted(self.words, key=len, reverse=True)))})\b")
        patterns = {**self.patterns, **self.phrases} if file.endswith(".md") else self.patterns
        for number, line in enumerate(text.splitlines(), 1):
            for match in any_word.finditer(split_names(line)):
                yield Finding(file, number, match[1], self.words[match[1]])
            for pattern, instead in patterns.items():
                if re.search(pattern, line):
                    yield Finding(file, number, pattern, instead)


def split_names(line: str) -> str:
    """Return a line in lower case with spaces between the words of its names, and without Python's ``None``."""
    return _WORD_BORDER.sub(" ", re.sub(r"\bNone\b", "", line)).lower()


def list_files(settings: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files to check."""
    for path in (ROOT / name for name in settings["paths"]):
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            is_skipped = any(part in settings["skipped"] for part in file.relative_to(ROOT).parts)
            if file.is_file() and file.suffix in settings["suffixes"] and not is_skipped:
                yield file


def find_all(settings: Mapping[str, Any]) -> tuple[list[Finding], list[str]]:
    """Return the findings that are no exceptions, and the exceptions that nothing uses."""
    vocabulary = Vocabulary(settings["words"], settings["patterns"], settings["phrases"])
    exceptions = {(each["file"], each["word"]) for each in settings.get("exception", [])}
    findings = [
        finding
        for file in list_files(settings)
        for finding in vocabulary.find(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
    ]
    used = {(finding.file, finding.word) for finding in findings}
    unused = [f"{file}: {word}" for file, word in sorted(exceptions - used)]
    return [finding for finding in findings if (finding.file, finding.word) not in exceptions], unused


def _count(findings: list[Finding]) -> str:
    counts = Counter("/".join(Path(finding.file).parts[:3]) for finding in findings)
    return "\n".join(f"{number:5} {folder}" for folder, number in counts.most_common())


def main() -> None:
    """Print the forbidden words in the code, and fail if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tools.words", description="Check the vocabulary of the code.")
    parser.add_argument("--count", action="store_true", help="print the number of findings per folder")
    is_count = parser.parse_args().count
    findings, unused = find_all(tomllib.loads(LIST.read_text(encoding="utf-8")))
    print(_count(findings) if is_count else "\n".join(map(str, findings)), end="\n" if findings else "")
    for exception in unused:
        print(f"tools/forbidden_words.toml: remove the unused exception {exception}")
    if findings or unused:
        sys.exit(f"{len(findings)} forbidden words; see tools/forbidden_words.toml and docs/glossary.md.")


if __name__ == "__main__":
    main()
