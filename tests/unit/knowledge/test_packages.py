"""Knowledge bases of packages: reading files, dividing them into passages, and reading websites."""

from pathlib import Path

import pytest

from basic.errors import ScriptError
from basic.host import HttpRequest
from basic.http.transport import HopResponse
from conversations.engines.knowledge.index import MAX_PASSAGES
from tools.bots.knowledge import reading, websites
from tools.bots.knowledge.documents import Section, read_sections
from tools.bots.knowledge.passages import MAX_PASSAGE_LENGTH, build_passages
from tools.bots.knowledge.websites import WebsiteError, WebsiteReader
from tools.bots.packages import Package, read_package

GUIDE = """# Guide

Welcome.

## Returns

Within 30 days.

```
# no heading
```

## Delivery #

Two days.
"""


def write_package(folder: Path, files: dict[str, str | bytes], script: str = 'USE KB "docs"\nTALK "Hi"') -> Path:
    package = folder / "shop.gbai"
    for name, content in {"shop.gbdialog/start.bas": script, **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return package


def read(folder: Path, files: dict[str, str | bytes], script: str = 'USE KB "docs"\nTALK "Hi"') -> Package:
    result = read_package(write_package(folder, files, script))
    assert result.package is not None, result.diagnostics
    return result.package


# --------------------------------------------------------------------------------------------- passages


def test_markdown_is_divided_at_its_headings() -> None:
    passages = build_passages(read_sections(GUIDE.encode(), "guide.md"), "guide.md")

    assert [(passage.heading, passage.text) for passage in passages] == [
        ("Guide", "Welcome."),
        ("Guide > Returns", "Within 30 days.\n\n```\n# no heading\n```"),
        ("Guide > Delivery", "Two days."),
    ]


def test_headings_of_a_page_of_html_are_kept() -> None:
    html = "<head><title>T</title></head><body><h1>Shop</h1><p>Hello</p><h2>Hours</h2><p>Nine to six</p></body>"

    assert read_sections(html.encode(), "index.html") == [
        Section("Hello", "Shop"),
        Section("Nine to six", "Shop > Hours"),
    ]


def test_rows_of_a_table_are_read_with_the_names_of_their_columns() -> None:
    (passage,) = build_passages(read_sections(b"city;hours\nRecife;9-18\nOlinda;\n", "a.csv"), "a.csv")

    assert passage.text == "city: Recife\nhours: 9-18\n\ncity: Olinda"


def test_long_text_is_divided_at_paragraphs_then_sentences_then_words() -> None:
    paragraph = "Short sentence. " * 20
    text = "\n\n".join([paragraph, paragraph, paragraph, "x" * 2_500, "word " * 500])

    passages = build_passages([Section(text)], "a.txt")

    assert all(0 < len(passage.text) <= MAX_PASSAGE_LENGTH for passage in passages)
    assert "".join(passage.text for passage in passages).replace(" ", "").replace("\n", "") == text.replace(
        " ", ""
    ).replace("\n", "")
    assert passages[0].text.endswith("sentence.")


def test_rows_of_a_long_table_stay_lines() -> None:
    rows = [f"| row {number} | {'value ' * 10}|" for number in range(30)]

    passages = build_passages([Section("\n".join(rows), "Table")], "a.md")

    assert len(passages) > 1
    assert [line for passage in passages for line in passage.text.splitlines()] == rows


# --------------------------------------------------------------------------------------------- packages


def test_content_decides_the_version(tmp_path: Path) -> None:
    first = read(tmp_path / "1", {"shop.gbkb/docs/a.md": "Tea."})
    again = read(tmp_path / "2", {"shop.gbkb/docs/a.md": "Tea."})
    other = read(tmp_path / "3", {"shop.gbkb/docs/a.md": "Coffee."})

    assert first.bundle == again.bundle
    assert first.bot.program != other.bot.program
    assert first.bases.keys() == again.bases.keys() != other.bases.keys()
    assert all(key.startswith(".knowledge/shop/") for key in first.bases)


def test_embedding_model_is_a_part_of_the_key(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"shop.gbkb/docs/a.md": "Tea."}
    config = "name,value\nembedding-model,vectors\nembedding-url,https://models.example/v1\n"

    words = read(tmp_path / "1", files)
    vectors = read(tmp_path / "2", {**files, "shop.gbot/config.csv": config})

    assert words.bases.keys() != vectors.bases.keys()
    assert (words.embedding, vectors.bot.waits) == (None, True)
    assert vectors.embedding is not None
    assert vectors.embedding.url == "https://models.example/v1"


def test_model_of_a_file_is_a_warning(tmp_path: Path) -> None:
    config = "name,value\nembedding-model,../data/bge.gguf\nembedding-url,http://localhost:8082\n"
    result = read_package(write_package(tmp_path, {"shop.gbot/config.csv": config}))

    assert result.package is not None
    assert result.package.embedding is None
    assert "`embedding-model` names a file" in str(result.diagnostics[0])


def test_files_that_cannot_be_read_are_warnings(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "shop.gbkb/docs/a.md": "Tea.",
        "shop.gbkb/docs/b.pdf": b"%PDF-1.4 broken",
        "shop.gbkb/docs/c.mp3": b"\0",
        "shop.gbkb/docs/d.txt": b"\0\1",
        "shop.gbkb/docs/sub/e.md": " ",
    }
    result = read_package(write_package(tmp_path, files))

    assert result.package is not None
    assert [Path(each.file).name for each in result.diagnostics] == ["b.pdf", "c.mp3", "d.txt", "e.md"]
    assert "has no text" in result.diagnostics[-1].message
    assert all(str(each.severity) == "warning" for each in result.diagnostics)


def test_base_that_is_too_large_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PASSAGES", 1)
    result = read_package(write_package(tmp_path, {"shop.gbkb/docs/a.md": "# A\n\na\n\n# B\n\nb"}))

    assert result.package is None
    assert "has 2 passages; at most 1 are allowed" in str(result.diagnostics[0])
    assert MAX_PASSAGES == 8_000


def test_model_bot_has_the_keys_in_its_program(tmp_path: Path) -> None:
    package = write_package(
        tmp_path, {"shop.gbot/config.csv": "name,value\nllm-model,small\n", "shop.gbkb/docs/a.md": "Tea."}
    )
    (package / "shop.gbdialog/start.bas").unlink()

    result = read_package(package).package

    assert result is not None
    assert result.bot.program["knowledge"] == {"docs": next(iter(result.bases))}


def test_files_are_compared_by_their_hash(tmp_path: Path) -> None:
    sources = read(tmp_path, {"shop.gbkb/docs/a.md": "Tea."}).sources

    assert sources["shop.gbkb/docs/a.md"].startswith("sha256 ")


# --------------------------------------------------------------------------------------------- websites


class Site:
    """A website in memory."""

    def __init__(self, pages: dict[str, str], robots: str | None = None) -> None:
        self.pages = pages
        self.robots = robots
        self.requests: list[str] = []
        self.seconds = 0.0

    def __call__(self, request: HttpRequest) -> HopResponse:
        path = request.url.removeprefix("https://shop.example") or "/"
        self.requests.append(path)
        if path == "/robots.txt":
            return HopResponse(404 if self.robots is None else 200, "", {}, (self.robots or "").encode())
        if path not in self.pages:
            raise ScriptError("shop.example refused the connection")
        return HopResponse(200, "OK", {"content-type": "text/html; charset=utf-8"}, self.pages[path].encode())

    def reader(self) -> WebsiteReader:
        return WebsiteReader(self, lambda: self.seconds, lambda _seconds: None)


def a_page(text: str, *links: str) -> str:
    anchors = "".join(f'<a href="{link}">link</a>' for link in links)
    body = f"<body><h1>{text}</h1><p>All about {text}.</p>{anchors}</body>"
    return f"<html><head><title>{text} page</title></head>{body}</html>"


def test_pages_below_the_first_one_are_read_once() -> None:
    site = Site(
        {
            "/guide": a_page(
                "Guide", "/guide/tea#top", "/guide/tea", "/other", "https://elsewhere.example/guide/x", "a.png"
            ),
            "/guide/tea": a_page("Tea", "/guide", "/guide/gone"),
        }
    )

    base = site.reader().read("https://shop.example/guide")

    assert site.requests == ["/robots.txt", "/guide", "/guide/tea", "/guide/gone"]
    assert [(each.name, each.heading, each.url) for each in base.passages] == [
        ("Guide page", "Guide", "https://shop.example/guide"),
        ("Tea page", "Tea", "https://shop.example/guide/tea"),
    ]


def test_robots_txt_is_respected() -> None:
    site = Site({"/": a_page("Home", "/a", "/b"), "/a": a_page("A"), "/b": a_page("B")}, "User-agent: *\nDisallow: /b")

    site.reader().read("https://shop.example")

    assert "/b" not in site.requests
    assert "/a" in site.requests


def test_website_that_forbids_everything_has_no_pages() -> None:
    site = Site({"/": a_page("Home")}, "User-agent: *\nDisallow: /")

    with pytest.raises(WebsiteError, match=r"robots\.txt does not permit it"):
        site.reader().read("https://shop.example/")
    assert site.requests == ["/robots.txt"]


def test_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websites, "MAX_PAGES", 3)
    site = Site(
        {f"/{number}": a_page(str(number), f"/{number + 1}") for number in range(9)} | {"/": a_page("Home", "/0")}
    )

    site.reader().read("https://shop.example")

    assert len(site.requests) == 4


def test_website_that_does_not_answer_says_why() -> None:
    with pytest.raises(WebsiteError, match="refused the connection"):
        Site({}).reader().read("https://shop.example")


def test_website_of_a_script_becomes_a_base(tmp_path: Path) -> None:
    script = 'USE WEBSITE "https://Shop.example/" REFRESH "1d"\nUSE WEBSITE address\nTALK "Hi"'
    package = read(tmp_path, {}, script)
    base = Site({"/": a_page("Home")}).reader().read("https://shop.example")

    added = package.add_website(package.websites[0], base)

    assert package.websites == ["https://shop.example"]
    assert added.bundle is not None
    assert added.bundle.knowledge == {"https://shop.example": next(iter(added.bases))}
    assert added.bot.program != package.bot.program
    assert added.bot.program["version"] == added.bundle.program.id
