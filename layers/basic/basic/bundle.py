"""A published version of a bot: its program, and what else of its package a running dialog needs. Stored as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from basic.errors import ScriptError
from basic.program import Program, dump_program, load_program
from basic.values import quote


@dataclass(frozen=True, slots=True)
class Bundle:
    """One version.

    Parameters
    ----------
    program
        The compiled scripts; its id is the version's.
    config
        ``config.csv``, its keys as they are written today (``fallback-message``), its values as texts.
    collections
        The knowledge bases of the package.
    """

    program: Program
    config: Mapping[str, str] = field(default_factory=dict)
    collections: frozenset[str] = frozenset()

    def require_collection(self, name: str) -> None:
        """Refuse a knowledge base that the package does not have, whatever its case.

        Raises
        ------
        ScriptError
            If it has none of that name.
        """
        if name.casefold() not in {each.casefold() for each in self.collections}:
            raise ScriptError(f"the bot has no knowledge base {quote(name)}")


def make_bundle(program: Program, config: Mapping[str, str], collections: frozenset[str]) -> Bundle:
    """Put a version together; its program's id names all of it, so another configuration is another version."""
    rest = json.dumps([program.id, dict(config), sorted(collections)], sort_keys=True)
    return Bundle(replace(program, id=hashlib.sha256(rest.encode()).hexdigest()[:16]), config, collections)


def dump_bundle(bundle: Bundle) -> str:
    """Write a version as JSON."""
    return json.dumps(
        {
            "program": json.loads(dump_program(bundle.program)),
            "config": dict(bundle.config),
            "collections": sorted(bundle.collections),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load_bundle(text: str) -> Bundle:
    """Read a version from JSON.

    Raises
    ------
    ProgramFormatError
        If its program was written by a newer or an older compiler.
    """
    data = json.loads(text)
    return Bundle(load_program(json.dumps(data["program"])), data["config"], frozenset(data["collections"]))
