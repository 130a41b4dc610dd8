"""The browser of this machine. Playwright brings none of its own here."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str:
    """Return the path of the browser: ``CHROME``, or the first that is installed."""
    named = os.environ.get("CHROME")
    if named:
        return named
    installed = next(filter(None, map(shutil.which, _NAMES)), None)
    if installed is None:
        raise FileNotFoundError(f"None of {', '.join(_NAMES)} is installed; CHROME can name another one.")
    return installed


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser for as long as the block takes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=_ARGUMENTS, headless=True)
        yield browser
        browser.close()
