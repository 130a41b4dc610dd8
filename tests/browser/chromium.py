"""The Chromium of this machine: the project does not use the browsers that Playwright downloads."""

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


def find_browser() -> str:
    """Return the path of the browser: ``CHROME``, or the first one that is installed."""
    configured = os.environ.get("CHROME")
    if configured:
        return configured
    installed = next(filter(None, map(shutil.which, _NAMES)), None)
    if installed is None:
        raise FileNotFoundError(f"Chromium not found: install one of {', '.join(_NAMES)}, or set CHROME to its path.")
    return installed


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Run the browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=_ARGUMENTS, headless=True)
        yield browser
        browser.close()
