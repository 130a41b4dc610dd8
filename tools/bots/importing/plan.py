"""Where the files of a package are copied to."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from tools.bots.files import PACKAGE_SUFFIX, SCRIPT_SUFFIX, find_inner_package, list_package_files
from tools.bots.layout import GENERATED_SUFFIXES
from tools.bots.packages import RESERVED_IDS

_MAX_ID_LENGTH = 60
"""Characters, so that ``-2`` still fits."""

_KINDS = ("gbdialog", "gbot", "gbkb", "gbtheme", "gbdrive", "gbdata")
_SETTINGS = {"config.csv": "config.csv", "prompt.md": "PROMPT.md"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is copied.

    Attributes
    ----------
    files
        The path of each file in the new package, by its path.
    notes
        Files that are renamed or left out, a sentence each.
    """

    files: dict[Path, PurePath]
    notes: Sequence[str]


def find_packages(folder: Path) -> list[Path]:
    """Return the packages in a folder, or the folder itself if it is one, also under another name."""
    if folder.name.lower().endswith(PACKAGE_SUFFIX) or any(map(_is_dialog_folder, folder.iterdir())):
        return [find_inner_package(folder)]
    names = (path for path in folder.rglob("*") if path.name.lower().endswith(PACKAGE_SUFFIX))
    return sorted({find_inner_package(path) for path in names if path.is_dir()})


def _is_dialog_folder(path: Path) -> bool:
    return path.suffix.lower() == ".gbdialog" and path.is_dir()


def make_bot_id(name: str) -> str:
    """Return the id of a bot whose package has this name; empty if it has no letter or digit of ASCII."""
    stem = name[: -len(PACKAGE_SUFFIX)] if name.lower().endswith(PACKAGE_SUFFIX) else name
    bot_id = re.sub("[^a-z0-9]+", "-", stem.lower()).strip("-")[:_MAX_ID_LENGTH].rstrip("-")
    return f"{bot_id}-bot" if bot_id in RESERVED_IDS else bot_id


def plan_import(package: Path, bot_id: str) -> Plan:
    """Plan the copy of a package, whose folders are named like the bot and whose scripts are in one of them."""
    has_dialog_folder = any(map(_is_dialog_folder, package.iterdir()))
    files: dict[Path, PurePath] = {}
    notes = [f"{path}: left out, because it is a symbolic link" for path in _list_links(package)]
    for path in list_package_files(package).paths:
        source = PurePath(path.relative_to(package).as_posix())
        target = _place(source, bot_id, has_dialog_folder=has_dialog_folder)
        if path.name.endswith(GENERATED_SUFFIXES):
            notes.append(f"{source}: left out, because General Bots generates it")
        elif target in files.values():
            notes.append(f"{source}: left out, because there is another {target}")
        else:
            files[path] = target
            notes += _describe_move(source, target)
    return Plan(files, list(dict.fromkeys(notes)))


def _list_links(package: Path) -> Iterator[PurePath]:
    for parent, folders, names in os.walk(package):
        links = (Path(parent, name) for name in sorted((*folders, *names)))
        yield from (path.relative_to(package) for path in links if path.is_symlink())


def _place(source: PurePath, bot_id: str, *, has_dialog_folder: bool) -> PurePath:
    """Return the path of a file in the new package."""
    if len(source.parts) == 1:
        is_script = source.suffix.lower() == SCRIPT_SUFFIX and not has_dialog_folder
        return PurePath(f"{bot_id}.gbdialog", _lower_suffix(source)) if is_script else source
    kind = PurePath(source.parts[0]).suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        return source
    folder, rest = PurePath(f"{bot_id}.{kind}"), PurePath(*source.parts[1:])
    if kind == "gbkb" and len(rest.parts) == 1:
        # A collection is a folder.
        return folder / bot_id / rest
    if kind == "gbot":
        return folder / _SETTINGS.get(rest.as_posix().lower(), rest)
    return folder / (_lower_suffix(rest) if kind == "gbdialog" else rest)


def _lower_suffix(path: PurePath) -> PurePath:
    return path.with_suffix(SCRIPT_SUFFIX) if path.suffix.lower() == SCRIPT_SUFFIX else path


def _describe_move(source: PurePath, target: PurePath) -> Iterator[str]:
    """Yield what is renamed: the folder, and the file if its path in the folder changes as well."""
    if source == target:
        return
    if source.parts[1:] == target.parts[1:]:
        yield f"{source.parts[0]}: is now {target.parts[0]}"
    else:
        yield f"{source}: is now {target}"
