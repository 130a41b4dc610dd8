"""A published version of a bot: its program, and what else of its package a running dialog needs. Stored as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from basic.program import Program, dump_program, load_program


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
