"""A published version of a bot: its program and the parts of its package that a dialog needs. Stored as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from basic.package_names import find_collections, normalize_website
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
    knowledge
        Where the indexes of its knowledge bases are, by the names of the bases. A website is a base with its
        URL as the name.
    """

    program: Program
    config: Mapping[str, str] = field(default_factory=dict)
    collections: frozenset[str] = frozenset()
    knowledge: Mapping[str, str] = field(default_factory=dict)

    def find_collections(self, name: str) -> list[str]:
        """Return the knowledge bases that a script names: one, all for ``<bot>.gbkb``, or none; case is ignored."""
        return find_collections(name, self.collections)

    def find_websites(self, url: str) -> list[str]:
        """Return the name of the knowledge base of a website, if it has been fetched."""
        name = normalize_website(url)
        return [name] if name in self.knowledge else []


def make_bundle(
    program: Program,
    config: Mapping[str, str],
    collections: frozenset[str],
    knowledge: Mapping[str, str] | None = None,
) -> Bundle:
    """Build a version; the id of its program is a hash of everything, so another configuration is another version."""
    keys = {**(knowledge or {})}
    # Without knowledge bases the id is what earlier versions computed.
    content = json.dumps([program.id, dict(config), sorted(collections), *([keys] if keys else [])], sort_keys=True)
    return Bundle(replace(program, id=hashlib.sha256(content.encode()).hexdigest()[:16]), config, collections, keys)


def dump_bundle(bundle: Bundle) -> str:
    """Serialize a version as JSON."""
    return json.dumps(
        {
            "program": json.loads(dump_program(bundle.program)),
            "config": dict(bundle.config),
            "collections": sorted(bundle.collections),
            **({"knowledge": dict(bundle.knowledge)} if bundle.knowledge else {}),
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
    program = load_program(json.dumps(data["program"]))
    # Earlier versions stored no knowledge.
    return Bundle(program, data["config"], frozenset(data["collections"]), data.get("knowledge", {}))
