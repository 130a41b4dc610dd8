"""The package of the TypeScript client has no dependencies, and its lock file contains no registry URLs."""

import json
from typing import Any

from local.settings import ROOT

CLIENT_DIR = ROOT / "web/client"


def read_json(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CLIENT_DIR / name).read_text())
    return content


def list_locked_packages() -> list[dict[str, Any]]:
    return [package for path, package in read_json("package-lock.json")["packages"].items() if path]


def test_client_has_no_runtime_dependencies() -> None:
    assert "dependencies" not in read_json("package.json")
    assert all(package.get("dev") for package in list_locked_packages())


def test_lock_file_has_hashes_and_no_urls() -> None:
    packages = list_locked_packages()

    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert not any("resolved" in package for package in packages)
