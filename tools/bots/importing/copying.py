"""Copies a package of General Bots to a new one."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from tools.bots.files import MAX_SCRIPT_BYTES, PACKAGE_SUFFIX, SCRIPT_SUFFIX
from tools.bots.importing.plan import Plan, make_bot_id, plan_import
from tools.bots.importing.rewrites import Change, rewrite_script
from tools.bots.importing.settings import rewrite_config

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_TEXT_SUFFIXES = (SCRIPT_SUFFIX, ".csv", ".md")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """An imported package.

    Attributes
    ----------
    folder
        The new package.
    notes
        What was changed, renamed or left out, a sentence each.
    """

    folder: Path
    notes: Sequence[str]


class ImportRefusedError(Exception):
    """The package cannot be imported; nothing was written."""


def import_package(package: Path, target: Path) -> ImportResult:
    """Copy a package to a folder of packages, with the names and forms that this runtime wants.

    The original is not changed, and nothing is overwritten.

    Raises
    ------
    ImportRefusedError
        If the new package exists, or its name cannot be derived.
    """
    bot_id = make_bot_id(package.resolve().name)
    if not bot_id:
        raise ImportRefusedError(f"{package}: the name has no letter from a to z, so no id of a bot can be derived")
    folder = target / f"{bot_id}{PACKAGE_SUFFIX}"
    if package.resolve() in (target.resolve(), *target.resolve().parents):
        raise ImportRefusedError(f"{target} is inside the package; choose another folder with --to")
    plan = plan_import(package, bot_id)
    target.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise ImportRefusedError(f"{folder} exists; nothing is overwritten") from None
    try:
        notes = [*plan.notes, *_copy_files(plan, folder)]
    except BaseException:
        shutil.rmtree(folder)
        raise
    return ImportResult(folder, notes)


def _copy_files(plan: Plan, folder: Path) -> Iterator[str]:
    """Copy the files and yield what was changed in them."""
    for source, path in plan.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        is_text = path.suffix.lower() in _TEXT_SUFFIXES and source.stat().st_size <= MAX_SCRIPT_BYTES
        if not is_text or not (notes := list(_copy_text(source, folder, path))):
            shutil.copyfile(source, folder / path)
            continue
        yield from notes


def _copy_text(source: Path, folder: Path, path: PurePath) -> Iterator[str]:
    """Write the text of a file if it has to be changed, and yield what was."""
    content = source.read_bytes()
    text, encoding = _decode(content)
    if text is None:
        return
    rewritten, changes = _rewrite(path, text)
    if rewritten.encode() == content:
        return
    (folder / path).write_text(rewritten, encoding="utf-8", newline="")
    if encoding:
        yield f"{path}: is UTF-8 now, and was {encoding}"
    yield from (f"{path}:{change.line}: {change.description}" for change in changes)


def _decode(content: bytes) -> tuple[str | None, str]:
    """Return the text of a file and its encoding if it is not plain UTF-8; no text if it has none."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            return None, ""
    return text.removeprefix(_BOM), "UTF-8 with a byte order mark" if text.startswith(_BOM) else ""


def _rewrite(path: PurePath, text: str) -> tuple[str, Sequence[Change]]:
    if path.suffix == SCRIPT_SUFFIX and path.parts[0].endswith(".gbdialog"):
        return rewrite_script(text)
    return rewrite_config(text) if path.name == "config.csv" and len(path.parts) > 1 else (text, ())
