"""A published version of a bot: its program and the parts of its package that a dialog needs. Stored as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from basic.package_names import find_collections
from basic.program import Program, dump_program, load_program


@dataclass(frozen=True, slots=True)
class Bundle:
    """One published version.

    Parameters
    ----------
    program
        The compiled scripts; its id identifies the version.
    config
        The values of ``config.csv`` as texts, by the names that keys have today (``fallback-message``).
    collections
        The knowledge bases of the package.
    """

    program: Program
    config: Mapping[str, str] = field(default_factory=dict)
    collections: frozenset[str] = frozenset()

    def find_collections(self, name: str) -> list[str]:
        """Return the knowledge bases that a script names: one, all for ``<bot>.gbkb``, or none; case is ignored."""
        return find_collections(name, self.collections)


def make_bundle(program: Program, config: Mapping[str, str], collections: frozenset[str]) -> Bundle:
    """Build a version; the id of its program is a hash of everything, so another configuration is another version."""
    content = json.dumps([program.id, dict(config), sorted(collections)], sort_keys=True)
    return Bundle(replace(program, id=hashlib.sha256(content.encode()).hexdigest()[:16]), config, collections)


def dump_bundle(bundle: Bundle) -> str:
    """Serialize a version as JSON."""
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
    """Deserialize a version from JSON.

    Raises
    ------
    ProgramFormatError
        If its program was compiled to another format.
    """
    data = json.loads(text)
    return Bundle(load_program(json.dumps(data["program"])), data["config"], frozenset(data["collections"]))
