"""What the names of scripts and knowledge bases stand for in scripts."""

from collections.abc import Iterable
from urllib.parse import urlsplit

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


def is_website(name: str) -> bool:
    """Return whether the name of a knowledge base is the address of a website."""
    return "://" in name


def normalize_website(url: str) -> str:
    """Return the name of the knowledge base of a website: its address, however it is written. Empty if it is invalid.

    Examples
    --------
    >>> normalize_website(" HTTPS://Docs.Example.com/guide/#top ")
    'https://docs.example.com/guide'
    >>> normalize_website("docs.example.com")
    'https://docs.example.com'
    """
    text = url.strip()
    try:
        parts = urlsplit(text if is_website(text) else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "." not in host or any(map(str.isspace, text)):
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}{query}"
