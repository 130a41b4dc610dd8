"""The hand-written pages: their links, the places of the glossary, the tables of functions and of tables."""

import re
from pathlib import Path

import pytest

from tests.template import ROOT, functions, resources

FOLDERS = {"core": "layers/core/conversations", "basic": "layers/basic/basic"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
RECORDS = sorted((ROOT / "docs/adr").glob("0*.md"))


def read_code() -> str:
    files = [file for folder in ("layers", "tools") for file in (ROOT / folder).rglob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_places_of_the_glossary_exist() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| `([^`]+)` \|$", GLOSSARY, flags=re.MULTILINE)
    code = read_code()

    assert len(rows) >= 60
    for term, place in rows:
        first, _, rest = place.partition("/")
        path = ROOT / FOLDERS.get(first, first) / rest
        is_defined = re.search(rf"^(class|def) {re.escape(place)}\b|^{re.escape(place)}\b.* = ", code, re.MULTILINE)
        assert path.exists() if "/" in place or "." in place else is_defined, f"{term}: {place} does not exist"


def test_terms_of_the_glossary_are_sorted_and_unique() -> None:
    terms = [term.strip("`").casefold() for term in re.findall(r"^\| ([^|]+) \| [^|]+ \| `", GLOSSARY, re.MULTILINE)]

    assert terms == sorted(set(terms))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]

    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def test_architecture_lists_all_functions() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (?:`[^`]+`|[^|]+) \| ", ARCHITECTURE, flags=re.MULTILINE)

    assert set(functions()) - set(listed) == set(), "add the functions to the table in docs/architecture.md"


@pytest.mark.parametrize("table", resources("AWS::DynamoDB::Table"))
def test_architecture_describes_table(table: str) -> None:
    assert f"`{table}`" in ARCHITECTURE, (
        f"write a comment above {table} in template.yaml: docs/architecture.md shows it"
    )


def test_decisions_have_status_and_date_and_are_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")

    for record in RECORDS:
        text = record.read_text(encoding="utf-8")
        assert re.match(r"# \d+\. .+\n", text), f"{record.name} needs a title with its number"
        assert "Status" in text, f"{record.name} needs a status"
        assert re.search(r"\b\d{4}-\d\d-\d\d\b", text), f"{record.name} needs a date"
        assert f"({record.name})" in index, f"add {record.name} to docs/adr/README.md"
