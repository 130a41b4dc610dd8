"""Whether something must be done again: a digest of what it was made from, kept beside the result."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local.settings import ROOT

_IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def digest(paths: Iterable[Path], *values: str) -> str:
    """Return a digest of files, of whole folders and of values, that changes with any of them."""
    total = hashlib.sha256()
    for path in sorted(paths):
        for file in _files(path):
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    for value in values:
        total.update(f"\0{value}".encode())
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that remembers from which digest something was made."""

    file: Path

    def says(self, fingerprint: str) -> bool:
        """Tell whether nothing changed since."""
        return self.file.exists() and self.file.read_text() == fingerprint

    def write(self, fingerprint: str) -> None:
        """Remember."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(fingerprint)

    def remove(self) -> None:
        """Forget, before the work is begun that it would vouch for."""
        self.file.unlink(missing_ok=True)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not _IGNORED.intersection(file.parts))
