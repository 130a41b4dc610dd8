"""``conversations bots import``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from basic.config import ACCESS
from tools.bots.checking import check
from tools.bots.importing.copying import ImportRefusedError, import_package
from tools.bots.importing.plan import find_packages


def run(options: argparse.Namespace) -> int:
    """Copy packages of General Bots and report what was changed and what is wrong with them.

    The exit status is 1 if one of them cannot be published, also without scripts that have errors.
    """
    folder: Path = options.folder
    packages = find_packages(folder) if folder.is_dir() else []
    if not packages:
        print(f"{folder}: found no package: a folder <bot>.gbai, or one with a folder <bot>.gbdialog", file=sys.stderr)
        return 1
    return max([_import(package, options.to) for package in packages])


def _import(package: Path, target: Path) -> int:
    try:
        imported = import_package(package, target)
    except ImportRefusedError as error:
        print(error, file=sys.stderr)
        return 1
    (result,) = check(imported.folder)
    print(f"{package} is copied to {imported.folder}")
    _print_notes(imported.notes)
    for diagnostic in result.diagnostics:
        print(diagnostic)
    if result.package is not None and result.package.bot.access == "public":
        print(f"{result.name}: everybody may use it; `{ACCESS}` in config.csv says who")
    print(result.summarize())
    return int(not result.publishable)


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"  {note}")
