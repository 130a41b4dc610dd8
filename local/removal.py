"""Deletes the files of a stack, and nothing else in its folder."""

import shutil
from pathlib import Path

from local.cloud import DESCRIPTION_FILES
from local.settings import Settings


def remove_stack_files(settings: Settings, *keep: Path) -> list[Path]:
    """Delete the files of a stopped stack. Return the folders of other stacks inside its folder, which are not deleted.

    Descriptions of deployments to AWS are not deleted either, because they are not data of this stack.

    Parameters
    ----------
    settings
        The stack.
    keep
        Other paths in its folder that are not deleted.
    """
    directory = settings.directory
    others = [path for path in _list_entries(directory) if _contains_stack(path)]
    retained = {*keep, *others, *directory.glob(DESCRIPTION_FILES)}
    for path in _list_entries(directory):
        if path in retained:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not retained and directory.is_dir():
        directory.rmdir()
    return others


def _list_entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _contains_stack(path: Path) -> bool:
    return path.is_dir() and (path / "stack.json").exists()
