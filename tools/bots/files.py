"""The files of a package, within the limits that packages have."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 100 * 1024 * 1024
MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_FILES = 1_000
MOST_SCRIPT_BYTES = 1024 * 1024
MOST_COLLECTIONS = 50
"""The limits of the family's packages, as documented for them."""

SCRIPT_SUFFIX = ".bas"

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Files:
    """What lies in a package's folder.

    Parameters
    ----------
    paths
        Its files, in order. Hidden ones, such as ``.git``, do not belong to it.
    faults
        Which limits it breaks, and what it must not hold.
    """

    paths: list[Path]
    faults: list[str]


def files_of(folder: Path) -> Files:
    """Look at all files of a package without reading them."""
    paths: list[Path] = []
    faults: list[str] = []
    size = 0
    for path in _walk(folder):
        if path.is_symlink():
            faults.append(f"{path}: error: this is a link, and a package holds its files itself")
            continue
        bytes_ = path.stat().st_size
        size += bytes_
        paths.append(path)
        most = MOST_SCRIPT_BYTES if path.suffix.lower() == SCRIPT_SUFFIX else MOST_FILE_BYTES
        if bytes_ > most:
            kind = "script" if most == MOST_SCRIPT_BYTES else "file"
            faults.append(f"{path}: error: this {kind} is larger than {most // _MB} MB")
    if len(paths) > MOST_FILES:
        faults.append(f"{folder}: error: a package has at most {MOST_FILES:,} files, this one has {len(paths):,}")
    if size > MOST_BYTES:
        faults.append(f"{folder}: error: the package is larger than {MOST_BYTES // _MB} MB")
    return Files(paths, faults)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        linked = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        yield from (Path(place, name) for name in sorted((*names, *linked)) if not name.startswith("."))
