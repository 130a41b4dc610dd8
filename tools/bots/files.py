"""Lists the files of a package and checks the size limits of packages."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from basic.diagnostics import Diagnostic

MAX_BYTES = 100 * 1024 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FILES = 1_000
MAX_SCRIPT_BYTES = 1024 * 1024
MAX_COLLECTIONS = 50
"""The limits of General Bots packages, as documented for them."""

SCRIPT_SUFFIX = ".bas"

PACKAGE_SUFFIX = ".gbai"

TEST_FOLDER = "tests"
"""The folder of a package with its tests, which are not published: `tools.bots.testing`."""

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files of a package.

    Parameters
    ----------
    paths
        The paths in order, without tests and without hidden files and folders such as ``.git``.
    errors
        Exceeded limits and symbolic links.
    """

    paths: list[Path]
    errors: list[Diagnostic]


def find_inner_package(folder: Path) -> Path:
    """Return the folder with the content of a package: some archives have only a package in their package."""
    while folder.is_dir():
        inner = [child for child in folder.iterdir() if not child.name.startswith(".")]
        if len(inner) != 1 or not inner[0].name.lower().endswith(PACKAGE_SUFFIX) or inner[0].is_symlink():
            break
        folder = inner[0]
    return folder


def list_package_files(folder: Path) -> PackageFiles:
    """List the files of a package without reading them."""
    paths: list[Path] = []
    errors: list[Diagnostic] = []
    total_size = 0
    for path in _walk(folder):
        if path.is_symlink():
            errors.append(Diagnostic(str(path), None, "symbolic links are not allowed in a package"))
            continue
        file_size = path.stat().st_size
        total_size += file_size
        paths.append(path)
        max_size = MAX_SCRIPT_BYTES if path.suffix.lower() == SCRIPT_SUFFIX else MAX_FILE_BYTES
        if file_size > max_size:
            kind = "script" if max_size == MAX_SCRIPT_BYTES else "file"
            errors.append(Diagnostic(str(path), None, f"this {kind} is larger than {max_size // _MB} MB"))
    if len(paths) > MAX_FILES:
        message = f"the package has {len(paths):,} files; at most {MAX_FILES:,} are allowed"
        errors.append(Diagnostic(str(folder), None, message))
    if total_size > MAX_BYTES:
        errors.append(Diagnostic(str(folder), None, f"the package is larger than {MAX_BYTES // _MB} MB"))
    return PackageFiles(paths, errors)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        ignored = {*links, *([TEST_FOLDER] if Path(parent) == folder else [])}
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in ignored)
        yield from (Path(parent, name) for name in sorted((*names, *links)) if not name.startswith("."))
