"""Writing generated documents, and checking that the committed ones are up to date."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            shown = file.relative_to(ROOT)
            sys.exit(f"{shown} is out of date: run `make documents` and commit the result.")
