"""Finds the folders of a package, also where they are named as in older packages of General Bots."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from basic.diagnostics import Diagnostic, Severity
from tools.bots.files import SCRIPT_SUFFIX

_KINDS = ("gbdialog", "gbot", "gbkb", "gbdrive")
GENERATED_SUFFIXES = (".ast", ".mcp.json", ".tool.json")
"""Files that General Bots writes beside its scripts."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of a package.

    Attributes
    ----------
    folders
        The folder of each kind; it may be missing.
    paths
        All files of the package.
    diagnostics
        Folders with other names.
    """

    folders: dict[str, Path]
    paths: Sequence[Path]
    diagnostics: Sequence[Diagnostic]

    def list_scripts(self) -> list[Path]:
        """Return the files in the folder of scripts, without those that General Bots generates."""
        folder = self.folders["gbdialog"]
        inside = [path for path in self.paths if path.is_relative_to(folder)]
        if not folder.name.endswith(".gbdialog"):
            inside = [path for path in inside if path.parent == folder and path.suffix.lower() == SCRIPT_SUFFIX]
        return [path for path in inside if not path.name.endswith(GENERATED_SUFFIXES)]


def find_layout(folder: Path, bot_id: str, paths: Sequence[Path]) -> Layout:
    """Find the folders of a package.

    They are named like the bot. The only folder of its kind may have another name, and scripts may be in the package
    itself; both are warnings.
    """
    names = sorted({path.relative_to(folder).parts[0] for path in paths if path.parent != folder})
    diagnostics: list[Diagnostic] = []
    folders = {}
    for kind in _KINDS:
        expected = f"{bot_id}.{kind}"
        found = [name for name in names if name.rpartition(".")[2] == kind]
        folders[kind] = folder / (found[0] if len(found) == 1 else expected)
        severity = Severity.WARNING if len(found) == 1 else Severity.ERROR
        message = f"this folder must be named {expected}, like the bot"
        diagnostics += [
            Diagnostic(str(folder / name), None, message, severity=severity) for name in found if name != expected
        ]
    beside = [path for path in paths if path.parent == folder and path.suffix.lower() == SCRIPT_SUFFIX]
    if beside and not any(name.endswith(".gbdialog") for name in names):
        folders["gbdialog"] = folder
        message = f"scripts belong in the folder {bot_id}.gbdialog"
        diagnostics.append(Diagnostic(str(beside[0]), None, message, severity=Severity.WARNING))
    message = f"this script is not read; scripts belong in the folder {bot_id}.gbdialog"
    diagnostics += [
        Diagnostic(str(path), None, message, severity=Severity.WARNING)
        for path in sorted(paths)
        if path.suffix.lower() == SCRIPT_SUFFIX and _is_astray(path.relative_to(folder))
    ]
    return Layout(folders, paths, diagnostics)


def _is_astray(path: Path) -> bool:
    """Return whether a script is in a folder that is none of a package."""
    return len(path.parts) > 1 and path.parts[0].rpartition(".")[2] not in _KINDS
