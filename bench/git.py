"""The history of the repository, which results name and earlier counts are read from."""

import subprocess
from pathlib import Path

from tools.documents import ROOT


def run_git(*arguments: str) -> str:
    """Return the output of a git command, without blanks around it."""
    command = ["git", *arguments]
    # Benchmarks pass fixed arguments and paths of this repository.
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - fixed commands


def read_committed(commit: str, file: Path) -> str:
    """Return the text of a file of the repository as a commit has it."""
    return run_git("show", f"{commit}:{file.relative_to(ROOT)}")
