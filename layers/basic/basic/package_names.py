"""What the names of scripts and knowledge bases stand for in scripts."""

from collections.abc import Iterable

START_SCRIPT = "start"
"""The script that runs when a conversation begins."""

_FOLDER_SUFFIX = ".gbkb"


def get_script_name(file: str) -> str:
    """Return the name of a file for CALL: ``Start.bas`` is ``start``."""
    return file.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".bas")


def find_collections(name: str, collections: Iterable[str]) -> list[str]:
    """Return the knowledge bases of a name, in order; case is ignored.

    The name of the folder, ``<bot>.gbkb``, stands for all knowledge bases in it, as real packages write it.

    Examples
    --------
    >>> find_collections("Prices", ["manuals", "prices"])
    ['prices']
    >>> find_collections("shop.gbkb", ["manuals", "prices"])
    ['manuals', 'prices']
    """
    wanted = name.casefold()
    found = [collection for collection in sorted(collections) if collection.casefold() == wanted]
    return found or (sorted(collections) if wanted.endswith(_FOLDER_SUFFIX) else [])
