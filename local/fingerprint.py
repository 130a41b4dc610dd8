"""Detects whether sources have changed since a result was built: a digest that is stored beside the result."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local.settings import ROOT

_IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def compute_digest(paths: Iterable[Path], *values: str) -> str:
    """Compute a digest of files, of folders with all their files, and of values."""
    total = hashlib.sha256()
    for path in sorted(paths):
        for file in _list_files(path):
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    for value in values:
        total.update(f"\0{value}".encode())
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that stores the fingerprint of the sources of a build."""

    file: Path

    def matches(self, fingerprint: str) -> bool:
        """Return whether the stored fingerprint is this one."""
        return self.file.exists() and self.file.read_text() == fingerprint

    def write(self, fingerprint: str) -> None:
        """Store a fingerprint."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(fingerprint)

    def remove(self) -> None:
        """Remove the stored fingerprint before a build starts."""
        self.file.unlink(missing_ok=True)


def _list_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not _IGNORED.intersection(file.parts))
