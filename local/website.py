"""The files of the website: the page, the widget and the API reference. The front door serves them, and AWS from S3."""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local.errors import LocalStackError
from local.settings import ROOT

PAGE = ROOT / "web/page/dist"
WIDGET = ROOT / "web/widget/dist"
CONFIG_PATH = "/config.json"
"""The configuration of the page; each deployment has its own."""

_VIEWERS = Path(__file__).parent / "front_door/viewers"
_TYPES = {".js": "text/javascript", ".yaml": "application/yaml", ".json": "application/json"}
"""Types that differ between the tables of operating systems."""


@dataclass(frozen=True, slots=True)
class WebsiteFile:
    """A file of the website.

    Attributes
    ----------
    path
        Its path in the URL. That of an index ends with a slash.
    source
        The file.
    """

    path: str
    source: Path

    @property
    def content_type(self) -> str:
        """Its media type, with the character set if it is a text."""
        suffix = self.source.suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(self.source.name)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def list_files() -> list[WebsiteFile]:
    """Return the files of the website, except ``config.json``.

    Raises
    ------
    LocalStackError
        If the page or the widget is not built.
    """
    if not (PAGE / "index.html").is_file() or not (WIDGET / "widget.js").is_file():
        raise LocalStackError("The page and the widget are not built; `make up` and `make deploy` build them.")
    return [*_list_page(), *_list_widget(), *list_viewers()]


def list_viewers() -> list[WebsiteFile]:
    """Return the viewers of the OpenAPI and the AsyncAPI document.

    The viewers are installed packages (Swagger UI is part of Powertools), so nothing is loaded from another origin.
    """
    swagger = _find_package("aws_lambda_powertools") / "event_handler/openapi/swagger_ui"
    files = {
        "": _VIEWERS / "index.html",
        "socket": _VIEWERS / "socket.html",
        "rest.js": _VIEWERS / "rest.js",
        "viewers.css": _VIEWERS / "viewers.css",
        "swagger-ui-bundle.min.js": swagger / "swagger-ui-bundle.min.js",
        "swagger-ui.min.css": swagger / "swagger-ui.min.css",
        "asyncapi-viewer.js": _find_package("asyncapi_viewer") / "static/asyncapi-viewer.js",
        "asyncapi.yaml": ROOT / "docs/asyncapi.yaml",
    }
    # S3 has no redirects for CloudFront, so the path without the slash is a page that loads the other.
    moved = WebsiteFile("/docs", _VIEWERS / "moved.html")
    return [moved, *(WebsiteFile(f"/docs/{name}", source) for name, source in files.items())]


def _list_page() -> Iterator[WebsiteFile]:
    for source in sorted(PAGE.rglob("*")):
        if source.is_file() and source.suffix:
            yield WebsiteFile(f"/{source.relative_to(PAGE).as_posix()}", source)


def _list_widget() -> Iterator[WebsiteFile]:
    yield WebsiteFile("/widget.js", WIDGET / "widget.js")
    # The licences of packages are files beside the scripts.
    for source in sorted((WIDGET / "widget").glob("*.*")):
        yield WebsiteFile(f"/widget/{source.name}", source)


def _find_package(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent
