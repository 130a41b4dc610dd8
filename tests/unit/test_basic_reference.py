"""The reference of the dialog language: what is committed is what the tables say, and all of it stands there."""

import re
from functools import cache
from pathlib import Path

import pytest

from basic.compiler.check import Surroundings
from basic.faults import Kind
from basic.functions import FUNCTIONS
from basic.hear import TYPES
from basic.keywords import KEYWORDS, Group, Keyword, Role
from basic.package import build
from tools import basic_reference
from tools.basic_reference import FOLDER


@cache
def pages() -> dict[str, str]:
    return {file.name: text for file, text in basic_reference.generate().items()}


def page(group: Group) -> str:
    return next(text for text in pages().values() if text.startswith(f"# {group}\n"))


def test_the_committed_pages_are_what_the_tables_say() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}

    assert committed == pages(), "run `make documents`"


def test_a_page_that_has_drifted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import documents

    (tmp_path / "a.md").write_text("same")
    (tmp_path / "b.md").write_text("other")
    monkeypatch.setattr("sys.argv", ["tools.basic_reference", "--check"])
    monkeypatch.setattr(documents, "ROOT", tmp_path)

    with pytest.raises(SystemExit, match=r"b\.md is out of date"):
        documents.write_all("pages", "x", lambda: {tmp_path / "a.md": "same", tmp_path / "b.md": "new"})


@pytest.mark.parametrize("keyword", KEYWORDS, ids=lambda keyword: keyword.name)
def test_every_keyword_is_on_its_page_where_what_the_checker_says_of_it_stands(keyword: Keyword) -> None:
    supported, _, later = page(keyword.group).partition("## Not supported yet")
    if keyword.role is Role.FUNCTION:
        assert f"| `{keyword.name.replace(' ', '_')}` |" in supported
        return
    found = build({"start.bas": f'{keyword.name} "https://example.com"'}, Surroundings()).faults
    reported = any(fault.kind is Kind.UNSUPPORTED for fault in found)

    assert (f"\n## {keyword.name}\n" in supported) is not reported
    assert (keyword.doc in later) is reported


def test_every_function_is_on_a_page_with_its_example() -> None:
    everything = "".join(pages().values())

    for name, function in FUNCTIONS.items():
        assert f"`{name}`" in everything
        assert f"`{function.example}`".replace("|", "\\|") in everything


def test_every_type_of_hear_is_on_the_page() -> None:
    types = pages()["types-of-hear.md"]

    for name in TYPES:
        assert f"`{name}`" in types


def test_every_link_leads_to_a_page() -> None:
    links = {target for text in pages().values() for target in re.findall(r"\]\(([^)]+)\)", text)}

    assert all((FOLDER / target).exists() for target in links)
    assert len(links) > len(Group)


def test_the_marks_that_only_the_parser_reads_are_not_shown() -> None:
    for text in pages().values():
        for form in re.findall(r"```basic\n(.*?)```", text, re.DOTALL):
            assert not re.search(r"\w[~!?]( |$)", form), form
