"""The configuration of the site generator, with the navigation of all pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

_CONFIGURATION = Path(__file__).with_name("mkdocs.yml")


def build_configuration(pages: Mapping[PurePosixPath, str]) -> str:
    """Return the configuration of the site generator.

    Parameters
    ----------
    pages
        The Markdown of each page, by its path in the sources.

    Raises
    ------
    ValueError
        If the navigation names a page that does not exist.
    """
    configuration = yaml.safe_load(_CONFIGURATION.read_text(encoding="utf-8"))
    configuration["nav"] = [_expand(entry, pages) for entry in configuration["nav"]]
    return yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True)


def list_pages(navigation: object) -> Iterator[PurePosixPath]:
    """Yield the pages that a navigation names."""
    if isinstance(navigation, str):
        yield PurePosixPath(navigation)
    elif isinstance(navigation, list):
        for each in navigation:
            yield from list_pages(each)
    elif isinstance(navigation, dict):
        for each in navigation.values():
            yield from list_pages(each)


def _expand(entry: Any, pages: Mapping[PurePosixPath, str]) -> Any:  # noqa: ANN401 - a part of a YAML document
    if isinstance(entry, str):
        return _check(entry, pages)
    ((title, target),) = entry.items()
    if isinstance(target, list):
        return {title: [_expand(each, pages) for each in target]}
    if target.endswith("/"):
        return {title: list(_expand_folder(PurePosixPath(target), pages))}
    return {title: _check(target, pages)}


def _expand_folder(folder: PurePosixPath, pages: Mapping[PurePosixPath, str]) -> Iterator[Any]:
    yield _check(str(folder / "README.md"), pages)
    for path in sorted(path for path in pages if path.parent == folder and path.name != "README.md"):
        yield {pages[path].partition("\n")[0].removeprefix("# "): str(path)}


def _check(page: str, pages: Mapping[PurePosixPath, str]) -> str:
    if PurePosixPath(page) not in pages:
        message = f"{_CONFIGURATION.name} names {page}, which does not exist"
        raise ValueError(message)
    return page
