"""Finds the browser for the browser tests, or installs it with apt."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.errors import LocalStackError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_MISSING = "The browser tests need Chromium: install it, or set CHROME to the path of a browser."


def find_browser(environment: Mapping[str, str]) -> str | None:
    """Return the browser that ``CHROME`` names, or the first one on the path. Return None if there is none.

    Raises
    ------
    LocalStackError
        If ``CHROME`` does not name an executable.
    """
    configured = environment.get("CHROME")
    if configured:
        browser = shutil.which(configured, path=environment.get("PATH"))
        if browser is None:
            raise LocalStackError(f"CHROME={configured}: not an executable")
        return browser
    candidates = (shutil.which(name, path=environment.get("PATH")) for name in (*_NAMES, _ON_MACOS))
    return next((browser for browser in candidates if browser), None)


def ensure_browser(log: Path) -> str:
    """Return the browser. Install Chromium with apt if there is none.

    Raises
    ------
    LocalStackError
        If there is no browser and none can be installed.
    """
    browser = find_browser(os.environ)
    if browser is None and _install(log):
        browser = find_browser(os.environ)
    if browser is None:
        raise LocalStackError(_MISSING)
    return browser


def _install(log: Path) -> bool:
    if shutil.which("apt-get") is None:
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and shutil.which("sudo") is None:
        return False
    print("- installing Chromium", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return all(
            subprocess.run(  # noqa: S603 - fixed commands
                [*sudo, "apt-get", *command],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
            == 0
            for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"])
        )
