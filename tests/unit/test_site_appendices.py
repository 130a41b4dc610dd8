"""The appendices of the site name every environment variable, and every service that the code calls."""

import re
from pathlib import Path

import pytest

from tests.template import ROOT, functions, properties, template
from tools.site import variables

SERVICES = (ROOT / "docs/services.md").read_text(encoding="utf-8")
FOLDERS = {"layers/core/conversations": "", "layers/basic/basic": "basic/", "functions": "functions/"}

_OPENS_CONNECTIONS = re.compile(
    r"^\s*(?:from|import) (?:socket|ssl|http\.client|urllib\.request|urllib3\.connection|httpx2?|requests|websockets)\b"
    r"|\bPyJWKClient\(|\burlopen\(|\bPoolManager\(",
    re.MULTILINE,
)


def list_modules() -> list[tuple[str, str]]:
    """Return the names that the page has for the modules of the functions, and their code."""
    return [
        (prefix + file.relative_to(ROOT / folder).as_posix(), file.read_text(encoding="utf-8"))
        for folder, prefix in FOLDERS.items()
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]


def test_variables_of_the_commands_are_described() -> None:
    described = {each["name"] for table in variables.read_commands().values() for each in table}

    assert variables.find_variables_of_commands() == described, "correct tools/site/variables.toml"


def test_variables_of_all_functions_are_listed() -> None:
    names = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    for logical_id in functions().values():
        names |= properties(logical_id).get("Environment", {}).get("Variables", {}).keys()

    listed = variables.list_variables_of_functions()
    assert listed.keys() == names
    assert listed["SESSIONS_TABLE"] == ("SessionsTable",)
    assert listed["ALLOWED_ORIGINS"] == ("WebsiteDomain", "WebsiteUrl", "AllowedOrigins")


def test_page_of_services_has_every_aws_client() -> None:
    created = {name for _, code in list_modules() for name in re.findall(r"""\bclient\(\s*["']([\w-]+)["']""", code)}

    assert len(created) >= 7
    assert {name for name in created if f"| `{name}` |" not in SERVICES} == set(), "add the client to docs/services.md"


@pytest.mark.parametrize(
    "module",
    [name for name, code in list_modules() if _OPENS_CONNECTIONS.search(code)],
    ids=lambda name: Path(name).stem,
)
def test_page_of_services_has_every_module_that_opens_connections(module: str) -> None:
    assert f"`{module}`" in SERVICES, f"{module} can open connections: describe them in docs/services.md"


def test_page_of_services_has_every_fixed_host() -> None:
    hosts = {
        host
        for _, code in list_modules()
        for host in re.findall(r"""["']https://([a-z0-9.-]+\.[a-z]{2,})""", code)
        # Examples of docstrings.
        if not host.startswith(("example.", "docs.example.", "www.standardwebhooks.")) and not host.endswith(".test")
    }

    assert hosts == {"api.openai.com"}
    assert "https://api.openai.com" in SERVICES
