"""The faults of the scripts that are open in an editor, in the state in which they are shown there."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from basic.diagnostics import Diagnostic
from basic.package import build
from tools.bots.files import PACKAGE_SUFFIX, SCRIPT_SUFFIX
from tools.bots.packages import read_package


def find_faults(script: Path, texts: Mapping[Path, str]) -> dict[Path, list[Diagnostic]]:
    """Check a script together with the others of its package, or with those beside it if it is in none.

    Parameters
    ----------
    script
        The script.
    texts
        The texts of the open scripts; all others are read from their files.

    Returns
    -------
    dict[Path, list[Diagnostic]]
        What is wrong, by file or folder.
    """
    package = next((folder for folder in script.parents if folder.name.endswith(PACKAGE_SUFFIX)), None)
    faults = None if package is None else read_package(package, texts=texts, reads_knowledge=False).diagnostics
    if faults is None or not script.is_file():
        faults = _check_scripts(script, texts)
    found: dict[Path, list[Diagnostic]] = {}
    for fault in faults:
        found.setdefault(Path(fault.file), []).append(fault)
    return found


def list_scripts(script: Path) -> list[Path]:
    """Return the scripts in the folder of a script."""
    folder = script.parent
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == SCRIPT_SUFFIX) if folder.is_dir() else []


def _check_scripts(script: Path, texts: Mapping[Path, str]) -> list[Diagnostic]:
    files = {file: file.read_text(encoding="utf-8-sig", errors="replace") for file in list_scripts(script)}
    files |= {file: text for file, text in texts.items() if file.parent == script.parent}
    result = build({file.name: text for file, text in files.items()})
    return [replace(fault, file=str(script.parent / fault.file)) for fault in result.diagnostics]
