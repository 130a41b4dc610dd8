"""The reference of the dialog language, from its own tables: ``python -m tools.basic_reference [--check]``.

A page for each group of keywords, one for the types of HEAR, and an index. The parser and the checker read the same
tables, so what stands here is what runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from basic.functions import ALIASES, Function, arrays, encodings, formats, moments, numbers, rows, texts
from basic.hear import TYPES, HearType
from basic.keywords import KEYWORDS, Group, Keyword, Role
from basic.values import Value, quote, to_text
from tools import documents
from tools.basic_examples import failing, sections
from tools.documents import ROOT

FOLDER = ROOT / "docs/basic"

_HEAR_TYPES = "Types of HEAR"
_FUNCTIONS: Mapping[Group, Sequence[Function]] = {
    Group.TEXT: (*texts.FUNCTIONS, *formats.FUNCTIONS, *encodings.FUNCTIONS),
    Group.NUMBERS: numbers.FUNCTIONS,
    Group.DATES: moments.FUNCTIONS,
    Group.ARRAYS: arrays.FUNCTIONS,
    Group.DATA: rows.FUNCTIONS,
}
_WRITTEN = "*Written by `make documents` from the tables that the parser and the checker read.*"
_RUN = (
    "Below each example stands what happens, and the tests see to it that it does: what `conversations bots run` "
    "shows, with the pauses, the log and what the session holds in the end in brackets, or what "
    "`conversations bots check` says."
)


_NEED_A_MODEL = frozenset({"LLM"})
"""Keywords that the checker reports as long as bots have no language model."""


def generate() -> dict[Path, str]:
    """Return every page by its file."""
    pages = {_file(group): _page(group) for group in Group}
    return {**pages, _file(_HEAR_TYPES): _hear_types(), FOLDER / "README.md": _index()}


def runs(keyword: Keyword) -> bool:
    """Tell whether scripts can use a keyword today."""
    return keyword.supported and keyword.name not in _NEED_A_MODEL


def _file(title: str) -> Path:
    return FOLDER / f"{title.lower().replace(',', '').replace(' ', '-')}.md"


def _page(group: Group) -> str:
    keywords = [keyword for keyword in KEYWORDS if keyword.group is group]
    parts = [f"# {group}", _WRITTEN]
    parts += [_section(keyword) for keyword in keywords if runs(keyword) and keyword.role is not Role.FUNCTION]
    phrases = [each for each in keywords if each.role is Role.FUNCTION]
    parts += _functions(_FUNCTIONS.get(group, ()), phrases)
    parts += [_section(keyword, "###") for keyword in phrases]
    parts += _failing(_FUNCTIONS.get(group, ()))
    parts += _later([keyword for keyword in keywords if not runs(keyword)])
    return "\n\n".join(parts) + "\n"


def _section(keyword: Keyword, heading: str = "##") -> str:
    also = f"\n\nAlso: {_names(keyword.aliases)}." if keyword.aliases else ""
    if keyword.name == "HEAR":
        also += f"\n\nSee the [types]({_file(_HEAR_TYPES).name})."
    forms = _script(*map(_form, keyword.forms))
    return f"{heading} {keyword.name}\n\n{keyword.doc}\n\n{forms}{also}\n\nFor example:\n\n{sections()[keyword.name]}"


def _form(form: str) -> str:
    """Return a form without the marks that only the parser reads."""
    return form.replace("values...", "value, value, …").replace("~", "").replace("!", "").replace("?", "")


def _script(*lines: str) -> str:
    return "\n".join(("```basic", *lines, "```"))


def _functions(functions: Iterable[Function], forms: Iterable[Keyword]) -> list[str]:
    phrases = {name: keyword.forms for keyword in forms for name in (keyword.name, *keyword.aliases)}
    rows_ = [
        (
            f"`{function.name}`",
            _count(function),
            function.says,
            f"`{function.example}`",
            _names([*_others(function.name), *map(_form, phrases.get(function.name.replace("_", " "), ()))]),
        )
        for function in functions
    ]
    return ["## Functions", _table(("function", "arguments", "gives", "for example", "also"), rows_)] if rows_ else []


def _failing(functions: Iterable[Function]) -> list[str]:
    names = [function.name for function in functions]
    rows_ = [(f"`{each.call}`", each.fault) for each in failing() if each.function in names]
    return ["## Calls that fail", _table(("call", "what the author is told"), rows_)] if rows_ else []


def _others(name: str) -> list[str]:
    return [alias for alias, known in ALIASES.items() if known == name]


def _count(function: Function) -> str:
    if function.max_args is None:
        return f"{function.min_args} or more"
    return (
        str(function.min_args)
        if function.min_args == function.max_args
        else f"{function.min_args} to {function.max_args}"
    )


def _later(keywords: Iterable[Keyword]) -> list[str]:
    rows_ = [(f"`{_form(keyword.forms[0])}`", keyword.doc) for keyword in keywords]
    if not rows_:
        return []
    told = "These are read and reported by name; a script that comes to one fails there."
    return ["## Not supported yet", told, _table(("form", "what it is for"), rows_)]


def _hear_types() -> str:
    kinds = {kind.name: kind for kind in TYPES.values()}
    rows_ = [
        (f"`{kind.name}`", kind.says, _example(kind), _shown(kind.empty), _names(kind.aliases))
        for kind in kinds.values()
    ]
    told = (
        "`HEAR x AS TYPE` takes an answer of that type, in its normal form. To any other answer the bot says what it "
        "expects; after three of them the script goes on with the last column but one, or with the DEFAULT."
    )
    table = _table(("type", "gives", "for example", "after three tries", "also"), rows_)
    return "\n\n".join((f"# {_HEAR_TYPES}", _WRITTEN, told, table)) + "\n"


def _example(kind: HearType) -> str:
    if kind.example is None:
        return "an attachment" if kind.known is None else "signing in"
    return f"`{kind.example[0]}` → {_shown(kind.example[1])}"


def _shown(value: Value) -> str:
    return f"`{quote(value) if isinstance(value, str) else to_text(value) or 'NOTHING'}`"


def _index() -> str:
    lines = [f"- [{title}]({_file(title).name})" for title in (*Group, _HEAR_TYPES)]
    names = {keyword.name: (keyword.group, runs(keyword)) for keyword in KEYWORDS}
    for group, functions in _FUNCTIONS.items():
        names |= {function.name.replace("_", " "): (group, True) for function in functions}
    rows_ = [
        (f"`{name}`", f"[{group}]({_file(group).name})", "yes" if supported else "not yet")
        for name, (group, supported) in sorted(names.items())
    ]
    told = f"How to write a bot with it: [docs/bots.md](../bots.md). Names and keywords ignore case.\n\n{_RUN}"
    table = _table(("keyword or function", "page", "supported"), rows_)
    return "\n\n".join(("# The dialog language", _WRITTEN, told, "\n".join(lines), "## All of it", table)) + "\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(header: Sequence[str], rows_: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows_)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    documents.write_all("the reference of the dialog language", "tools.basic_reference", generate)
