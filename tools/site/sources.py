"""The sources of the site: pages of the repository, generated pages, and the configuration of the generator."""

from pathlib import Path, PurePosixPath

from tools.site.navigation import build_configuration
from tools.site.pages import collect_pages
from tools.site.parameters import build_parameters_page
from tools.site.prices import build_prices_module
from tools.site.rest_reference import build_rest_reference
from tools.site.socket_reference import build_socket_reference
from tools.site.variables import build_variables_page

_GENERATED = {
    "reference/rest.md": build_rest_reference,
    "reference/socket.md": build_socket_reference,
    "reference/parameters.md": build_parameters_page,
    "reference/variables.md": build_variables_page,
    "assets/prices.js": build_prices_module,
}


def build_sources() -> dict[PurePosixPath, bytes]:
    """Return the content of each file that the generator reads, by its path below the folder of the sources."""
    files = collect_pages()
    files |= {PurePosixPath(path): generate().encode() for path, generate in _GENERATED.items()}
    pages = {path: content.decode() for path, content in files.items() if path.suffix == ".md"}
    sources = {"docs" / path: content for path, content in files.items()}
    return {**sources, PurePosixPath("mkdocs.yml"): build_configuration(pages).encode()}


def write_sources(folder: Path) -> None:
    """Write the files below a folder."""
    for path, content in build_sources().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
