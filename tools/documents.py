"""Writing generated documents, and checking that the committed ones are up to date."""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_PART = re.compile(r"(?<=^<!-- generated: )(\w+)( -->\n).*?(?=^<!-- end -->$)", flags=re.DOTALL | re.MULTILINE)


def fill_parts(text: str, generate: Callable[[str], str]) -> str:
    """Return a page with its generated parts.

    Each is between the lines ``<!-- generated: NAME -->`` and ``<!-- end -->``.

    Parameters
    ----------
    text
        The page.
    generate
        Returns the part of a name.
    """
    return _PART.sub(lambda match: f"{match[1]}{match[2]}{generate(match[1])}\n", text)


def build_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |".replace("|  |", "| |")


def write_all(subject: str, command: str, generate: Callable[[], Mapping[Path, str]]) -> None:
    """Write documents, or with ``--check`` fail if a committed one is out of date.

    Parameters
    ----------
    subject
        What the documents are, for the help text.
    command
        The module that was run.
    generate
        Returns the text of each file.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=f"Write {subject} from the models.")
    parser.add_argument("--check", action="store_true", help="fail if a file is out of date")
    is_check = parser.parse_args().check
    for file, text in generate().items():
        if not is_check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            shown = file.relative_to(ROOT)
            sys.exit(f"{shown} is out of date: run `make documents` and commit the result.")
