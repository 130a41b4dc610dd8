"""The files of the website."""

from pathlib import Path

import pytest

from local import website
from local.errors import LocalStackError


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a built page and widget."""
    for name in (
        "page/index.html",
        "page/assets/page-1.js",
        "page/ready",
        "widget/widget.js",
        "widget/widget/panel-1.js",
        "widget/widget/panel-1.js.LEGAL.txt",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    monkeypatch.setattr(website, "PAGE", tmp_path / "page")
    monkeypatch.setattr(website, "WIDGET", tmp_path / "widget")
    return tmp_path


@pytest.mark.usefixtures("built")
def test_website_is_page_widget_and_api_reference() -> None:
    files = {file.path: file.content_type for file in website.list_files()}

    assert files["/index.html"] == "text/html; charset=utf-8"
    assert files["/assets/page-1.js"] == files["/widget.js"] == files["/widget/panel-1.js"]
    assert files["/widget.js"] == "text/javascript; charset=utf-8"
    assert files["/docs"] == files["/docs/"] == files["/docs/socket"] == "text/html; charset=utf-8"
    assert files["/widget/panel-1.js.LEGAL.txt"] == "text/plain; charset=utf-8"
    assert files["/docs/asyncapi.yaml"] == "application/yaml"
    assert "/ready" not in files
    assert all(file.source.is_file() for file in website.list_files())


def test_page_that_is_not_built_is_no_website(built: Path) -> None:
    (built / "page/index.html").unlink()

    with pytest.raises(LocalStackError, match="not built"):
        website.list_files()
