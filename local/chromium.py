"""The browser the tests drive: the machine's own, or the distribution's where that can be had."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.errors import LocalStackError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_MISSING = "The browser tests need Chromium: install it, or say where it is with CHROME=…"


def find(environment: Mapping[str, str]) -> str | None:
    """Return the browser that ``CHROME`` names, or the first one there is.

    Raises
    ------
    LocalStackError
        If ``CHROME`` names something that is not there.
    """
    named = environment.get("CHROME")
    if named:
        found = shutil.which(named, path=environment.get("PATH"))
        if found is None:
            raise LocalStackError(f"CHROME={named} is no program.")
        return found
    candidates = (shutil.which(name, path=environment.get("PATH")) for name in (*_NAMES, _ON_MACOS))
    return next((found for found in candidates if found), None)


def ensure(log: Path) -> str:
    """Return the browser, and install Debian's first where there is none and that is possible.

    Raises
    ------
    LocalStackError
        If there is none and none can be installed.
    """
    found = find(os.environ)
    if found is None and _install(log):
        found = find(os.environ)
    if found is None:
        raise LocalStackError(_MISSING)
    return found


def _install(log: Path) -> bool:
    if shutil.which("apt-get") is None:
        return False
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if rights and shutil.which("sudo") is None:
        return False
    print("- installing Chromium", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return all(
            subprocess.run(  # noqa: S603 - what a person would type
                [*rights, "apt-get", *command],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
            == 0
            for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"])
        )
