"""The cached factories of the composition root, which a warm function keeps and a cold one has not called yet."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from conversations import bootstrap, config
from conversations.entrypoints import rest, websocket


def _import_modules() -> list[ModuleType]:
    names = [name for _, name, _ in pkgutil.iter_modules(bootstrap.__path__, f"{bootstrap.__name__}.")]
    return [config, rest, websocket, *map(importlib.import_module, names)]


MODULES = _import_modules()
"""All modules with cached factories. They are imported here, before a test replaces the clock that they name."""


def list_factories() -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield every cached factory with each module that refers to it, and the name it has there."""
    for module in MODULES:
        for name, value in list(vars(module).items()):
            if hasattr(value, "cache_clear") and not isinstance(value, type):
                yield module, name, value


def clear_caches() -> None:
    """Make the next call of every factory create its object again, as in a cold function."""
    for _, _, factory in list_factories():
        factory.cache_clear()
