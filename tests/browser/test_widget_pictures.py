"""The widget looks as on the pictures of the repository."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.pictures import SCENES, compare_pictures, get_path, take_picture

TOLERANCE = 2.0
"""A missing bubble makes a difference of 7 or more, of 255."""


@pytest.mark.parametrize("name", SCENES)
def test_widget_looks_as_on_the_picture(browser: Browser, tmp_path: Path, name: str) -> None:
    picture = take_picture(browser, name)

    difference = compare_pictures(browser, picture, get_path(name).read_bytes())

    taken = tmp_path / f"{name}.png"
    taken.write_bytes(picture)
    assert difference < TOLERANCE, (
        f"compare {taken} with {get_path(name)}; python -m tests.browser.pictures renews them"
    )


def test_another_picture_is_noticed(browser: Browser) -> None:
    light, dark = get_path("light").read_bytes(), get_path("dark").read_bytes()

    assert compare_pictures(browser, light, dark) > TOLERANCE
    assert compare_pictures(browser, light, get_path("files").read_bytes()) > TOLERANCE
