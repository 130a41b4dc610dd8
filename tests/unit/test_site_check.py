"""``tools.site.check``: broken links and resources of a built site are found."""

from pathlib import Path

import pytest

from tools.site.check import find_faults

OTHER = '<h2 id="here">Here</h2>'


def check(folder: Path, html: str) -> list[str]:
    (folder / "a").mkdir()
    (folder / "a/index.html").write_text(html)
    (folder / "other.html").write_text(OTHER)
    (folder / "style.css").touch()
    return find_faults(folder)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../other.html#here">other</a>',
        '<a href="https://example.com/">elsewhere</a> <a href="mailto:a@example.com">mail</a>',
        '<p id="this"><a href="#this">this</a>',
        '<link rel="stylesheet" href="../style.css"><link rel="canonical" href="https://example.com/">',
    ],
)
def test_working_links_are_accepted(tmp_path: Path, html: str) -> None:
    assert check(tmp_path, html) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="../lost.html">other</a>', "links to ../lost.html, which does not exist"),
        ('<a href="../other.html#lost">other</a>', "links to ../other.html#lost, which has no such section"),
        ('<a href="#lost">this</a>', "links to #lost, which has no such section"),
        ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "loads //fonts.example/x.css"),
        ('<img src="lost.png">', "lacks lost.png"),
    ],
)
def test_faults_are_found(tmp_path: Path, html: str, fault: str) -> None:
    assert check(tmp_path, html) == [f"a/index.html: {fault}"]
