"""The reference of the dialog language: the committed pages are up to date and complete."""

import re
from functools import cache
from pathlib import Path

import pytest

from basic.compiler.context import BuildContext
from basic.functions import FUNCTIONS
from basic.hear import TYPES
from basic.keywords import KEYWORDS, Chapter, Keyword, Role, describe_unsupported
from basic.package import build
from tools import basic_reference
from tools.basic_reference import FOLDER


@cache
def pages() -> dict[str, str]:
    return {file.name: text for file, text in basic_reference.generate().items() if file.parent == FOLDER}


def page(chapter: Chapter) -> str:
    return next(text for text in pages().values() if text.startswith(f"# {chapter.heading}\n"))


def test_committed_pages_are_up_to_date() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}

    assert committed == pages(), "run `make documents`"


def test_outdated_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import documents

    (tmp_path / "a.md").write_text("same")
    (tmp_path / "b.md").write_text("other")
    monkeypatch.setattr("sys.argv", ["tools.basic_reference", "--check"])
    monkeypatch.setattr(documents, "ROOT", tmp_path)

    with pytest.raises(SystemExit, match=r"b\.md is out of date"):
        documents.write_all("pages", "x", lambda: {tmp_path / "a.md": "same", tmp_path / "b.md": "new"})


def test_every_keyword_is_on_the_page_of_its_chapter() -> None:
    assert [keyword.name for keyword in KEYWORDS if not is_on_its_page(keyword)] == []


def is_on_its_page(keyword: Keyword) -> bool:
    """Return whether a keyword has a section, or is listed as unsupported if the checker reports it."""
    supported, _, unsupported = page(keyword.chapter).partition("## Not supported yet")
    if keyword.role is Role.NEEDLESS:
        return f"{keyword.summary} | {keyword.reason} |" in supported.partition("## Without effect")[2]
    if keyword.role is Role.FUNCTION:
        return f"| `{keyword.name.replace(' ', '_')}` |" in supported
    faults = build({"start.bas": f'{keyword.name} "https://example.com"'}, BuildContext(model=True)).diagnostics
    is_reported = any(fault.message.startswith(describe_unsupported(keyword.name)) for fault in faults)
    has_section = f"\n## {keyword.name}\n" in supported
    return has_section is not is_reported and (keyword.summary in unsupported) is is_reported


def test_every_function_is_on_a_page_with_its_example() -> None:
    everything = "".join(pages().values())

    for name, function in FUNCTIONS.items():
        assert f"`{name}`" in everything
        assert f"`{function.example}`".replace("|", "\\|") in everything


def test_every_type_of_hear_is_on_its_page() -> None:
    types = pages()["hear_types.md"]

    for name in TYPES:
        assert f"`{name}`" in types


def test_links_between_pages_exist() -> None:
    links = {target for text in pages().values() for target in re.findall(r"\]\(([^)]+)\)", text)}

    assert all((FOLDER / target).exists() for target in links)
    assert len(links) > len(Chapter)


def test_forms_have_no_marks_for_the_parser() -> None:
    for text in pages().values():
        for form in re.findall(r"```basic\n(.*?)```", text, re.DOTALL):
            assert not re.search(r"\w[~!?]( |$)", form), form
