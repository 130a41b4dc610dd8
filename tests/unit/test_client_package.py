"""What an app gets with the TypeScript client, and what nobody should find in its lock."""

import json
from typing import Any

from local.settings import ROOT

FOLDER = ROOT / "web/client"


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return content


def test_an_app_installs_nothing_with_it() -> None:
    assert "dependencies" not in read("package.json")
    assert all(package.get("dev") for place, package in read("package-lock.json")["packages"].items() if place)


def test_the_lock_says_what_each_package_is_and_not_where_it_came_from() -> None:
    packages = {place: package for place, package in read("package-lock.json")["packages"].items() if place}

    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
