"""Fills the templates of documents: ``{{field}}`` and ``${field}``, and blocks for each row of an array."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from basic.errors import ScriptError
from basic.values import Value, find_key, get_entry, to_text

MAX_FILLED = 512 * 1024
"""Characters of a template with its values."""

_MAX_DEPTH = 8
_TAG = re.compile(r"\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([^{}]+?)\s*\}\}|\$\{\s*([\w.]+)\s*\}")
_PATH = re.compile(r"(?:this|[\w-]+)(?:\.[\w-]+)*")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|<>~&=-])")

type Escape = Callable[[str], str]


class _Tag(NamedTuple):
    """A tag of a template: what it is (``""``, ``raw``, a block such as ``each``, or ``/``), and its field."""

    kind: str
    path: str


class _Block(NamedTuple):
    """A block of a template: its tag, and what is in it."""

    tag: _Tag
    parts: Sequence["_Part"]


type _Part = str | _Tag | _Block


def escape_html(text: str) -> str:
    """Return a value as the text of an HTML template; its lines stay lines."""
    return html.escape(text).replace("\n", "<br>")


def escape_markdown(text: str) -> str:
    r"""Return a value as a text of a Markdown template, in one line: a value cannot begin a heading or a table.

    >>> escape_markdown("# 1 *x*\n| a")
    '\\# 1 \\*x\\* \\| a'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def fill(template: str, data: Mapping[str, Value], name: str, escape: Escape) -> str:
    """Return a template with its values.

    ``{{field}}``, ``${field}`` and ``{{a.b}}`` are escaped values, ``{{{field}}}`` is one as it is. ``{{#each items}}``
    to ``{{/each}}`` is repeated for each row, whose fields it knows; ``{{this}}`` is the row itself. ``{{#if field}}``
    and ``{{#unless field}}`` may have an ``{{else}}``.

    Parameters
    ----------
    template
        The template.
    data
        The values by their names.
    name
        The name of the template, for messages.
    escape
        Makes a text of the template's language from a value.

    Raises
    ------
    ScriptError
        If a value is missing, a block is not closed, or the result is too long.
    """
    parts = _parse(_split(template), name)
    pieces: list[str] = []
    length = 0
    for piece in _render(parts, [{**data}], name, escape):
        length += len(piece)
        if length > MAX_FILLED:
            raise ScriptError(f"{name} with its values has more than {MAX_FILLED // 1024} KB")
        pieces.append(piece)
    return "".join(pieces)


def _split(template: str) -> Iterator[str | _Tag]:
    done = 0
    for match in _TAG.finditer(template):
        yield template[done : match.start()]
        done = match.end()
        if match[1]:
            yield _Tag("raw", match[1])
        else:
            yield _read_tag(match[2] or match[3])
    yield template[done:]


def _read_tag(text: str) -> _Tag:
    if text[0] in "#^":
        words = text[1:].split()
        kind = words[0].lower() if words else ""
        if kind in ("each", "if", "unless"):
            return _Tag(kind, " ".join(words[1:]))
        return _Tag("each" if text[0] == "#" else "unless", " ".join(words))
    if text[0] == "/":
        return _Tag("/", "")
    return _Tag("else", "") if text.lower() == "else" else _Tag("", text)


def _parse(tags: Iterator[str | _Tag], name: str) -> list[_Part]:
    """Nest the blocks of a template."""
    open_blocks: list[tuple[_Tag, list[_Part]]] = [(_Tag("", ""), [])]
    for tag in tags:
        parts = open_blocks[-1][1]
        if isinstance(tag, str) or tag.kind in ("", "raw"):
            parts.append(tag)
        elif tag.kind in ("/", "else"):
            if len(open_blocks) == 1:
                raise ScriptError(f"{name} has a {{{{/…}}}} or {{{{else}}}} without its block")
            opened, inner = open_blocks.pop()
            open_blocks[-1][1].append(_Block(opened, inner))
            if tag.kind == "else":
                opposite = {"if": "unless", "unless": "if", "each": "unless"}[opened.kind]
                open_blocks.append((_Tag(opposite, opened.path), []))
        else:
            open_blocks.append((tag, []))
        if len(open_blocks) > _MAX_DEPTH:
            raise ScriptError(f"the blocks of {name} are nested more than {_MAX_DEPTH} deep")
    if len(open_blocks) > 1:
        raise ScriptError(f"a {{{{#{open_blocks[-1][0].kind}}}}} of {name} is not closed")
    return open_blocks[0][1]


def _render(parts: Sequence[_Part], scopes: list[Value], name: str, escape: Escape) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, _Tag):
            text = to_text(_find(part.path, scopes, name))
            yield text if part.kind == "raw" else escape(text)
        elif part.tag.kind == "each":
            for row in _list_rows(_find(part.tag.path, scopes, name)):
                yield from _render(part.parts, [*scopes, row], name, escape)
        elif _is_true(_find(part.tag.path, scopes, name, optional=True)) == (part.tag.kind == "if"):
            yield from _render(part.parts, scopes, name, escape)


def _list_rows(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    return [value] if _is_true(value) else []


def _is_true(value: Value) -> bool:
    return value not in (None, False, 0, "", [], {})


def _find(path: str, scopes: list[Value], name: str, *, optional: bool = False) -> Value:
    """Return a value: of the innermost scope that has its first field."""
    if not _PATH.fullmatch(path):
        raise ScriptError(f"{name} has the placeholder {{{{{path[:40]}}}}}, which is no name of a field")
    first, *others = path.split(".")
    if first == "this":
        found = [scopes[-1]]
    else:
        found = [
            get_entry(scope, first) for scope in reversed(scopes) if isinstance(scope, dict) and find_key(scope, first)
        ]
    if not found:
        if optional:
            return None
        raise ScriptError(f"{name} needs a value for {path}")
    value = found[0]
    for field in others:
        value = get_entry(value, field) if isinstance(value, dict) else None
    return value
