"""``tools.site``: the sources of the site, their links and navigation."""

import json
from pathlib import PurePosixPath

import pytest
import yaml

from conversations.contract.registry import OPERATIONS
from tests.template import ROOT, template
from tools.site import links, navigation
from tools.site.sources import build_sources

CONFIGURATION = PurePosixPath("mkdocs.yml")


@pytest.fixture(scope="module")
def sources() -> dict[PurePosixPath, bytes]:
    return build_sources()


def read_page(sources: dict[PurePosixPath, bytes], name: str) -> str:
    return sources[PurePosixPath("docs") / name].decode()


def test_navigation_has_every_page_of_docs(sources: dict[PurePosixPath, bytes]) -> None:
    listed = set(navigation.list_pages(yaml.safe_load(sources[CONFIGURATION])["nav"]))

    docs = {PurePosixPath(file.relative_to(ROOT / "docs").as_posix()) for file in (ROOT / "docs").rglob("*.md")}
    assert docs - listed == set(), "add the page to tools/site/mkdocs.yml"


def test_every_link_of_the_sources_leads_to_a_source(sources: dict[PurePosixPath, bytes]) -> None:
    broken = [
        f"{path}: {target}"
        for path, content in sources.items()
        if path.suffix == ".md"
        for target in links.find_targets(content.decode())
        if target and links.resolve(path, target) not in sources
    ]

    assert broken == []


@pytest.mark.parametrize(
    ("page", "link", "rewritten"),
    [
        ("docs/adr/0019.md", "../../CHANGELOG.md#unreleased", "../repository/CHANGELOG.md#unreleased"),
        ("docs/api.md", "bots.md", "bots.md"),
        ("docs/api.md", "../tests/generators", "repository/tests/generators/index.md"),
        ("docs/bots.md", "../bots/helper.gbai/rules.toml", "repository/bots/helper.gbai/rules.toml.md"),
        ("docs/api.md", "../bench/results.json", "repository/bench/results.json"),
        ("README.md", "docs/images/chat.png", "../images/chat.png"),
        ("README.md", "#run-it", "#run-it"),
        ("README.md", "https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_links_are_rewritten(page: str, link: str, rewritten: str) -> None:
    folders = {PurePosixPath("tests/generators")}

    assert links.rewrite(f"See [it]({link}).", PurePosixPath(page), folders) == f"See [it]({rewritten})."


def test_links_in_code_are_kept() -> None:
    text = "```text\n[it](../README.md)\n```"

    assert links.rewrite(text, PurePosixPath("docs/api.md"), set()) == text


def test_navigation_with_a_missing_page_is_refused() -> None:
    with pytest.raises(ValueError, match=r"README\.md, which does not exist"):
        navigation.build_configuration({})


def test_rest_reference_has_every_operation_and_schema(sources: dict[PurePosixPath, bytes]) -> None:
    page = read_page(sources, "reference/rest.md")

    document = json.loads((ROOT / "functions/rest/get_openapi/openapi.json").read_text(encoding="utf-8"))
    assert [each.path for each in OPERATIONS if f"`{each.method.upper()} {each.path}`" not in page] == []
    assert [name for name in document["components"]["schemas"] if f"\n### {name}\n" not in page] == []


def test_socket_reference_has_every_frame_and_schema(sources: dict[PurePosixPath, bytes]) -> None:
    page = read_page(sources, "reference/socket.md")

    components = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))["components"]
    titles = {message["title"] for message in components["messages"].values()}
    assert {title for title in titles if f"\n### Frame `{title}`\n" not in page} == set()
    assert [name for name in components["schemas"] if f"\n### {name}\n" not in page] == []


def test_appendix_has_every_parameter(sources: dict[PurePosixPath, bytes]) -> None:
    page = read_page(sources, "reference/parameters.md")

    for name, parameter in template()["Parameters"].items():
        assert f"| `{name}` |" in page
        assert parameter["Description"].replace("|", "\\|") in page
