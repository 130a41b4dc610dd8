"""The appendix of the environment variables: those of the functions, from the template, and those of the commands.

``variables.toml`` describes the variables of the commands; ``tests/unit/test_site_appendices.py`` checks that it has
all that the code and the Makefile read.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.template import read_section
from tools.documents import ROOT
from tools.site.markdown import build_table

_COMMANDS = Path(__file__).with_name("variables.toml")

_MAKE_VARIABLE = re.compile(r"\$\((?:if \$\(strip )?([A-Z][A-Z_]+|T)\)")
_READ = re.compile(r"""(?:environ|environment)(?:\.get\(|\[)["'](\w+)["']|_parse_\w+\(environment, ["'](\w+)["']""")
_FOLDERS = ("local", "tools", "tests/faults", "tests/safeguards", "tests/stack", "tests/browser", "tests/unit")
_OTHERS = {
    # Standard variables of the operating system, of make, of a test runner or of AWS's tools.
    *("PATH", "HOME", "MAKE", "MAKEFILE_LIST", "CURDIR", "PYTEST_XDIST_WORKER", "SAM_CLI_TELEMETRY"),
    *("AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_LAMBDA_FUNCTION_NAME"),
    # Tests set these for their own subprocesses.
    *("FUNCTIONS_LOG", "FUZZ_STATUSES", "FUZZ_REQUESTS_PER_USER"),
}


def build_variables_page() -> str:
    """Return the Markdown of the page."""
    return "\n".join(_build_page())


def read_commands() -> dict[str, list[dict[str, str]]]:
    """Return the variables of the commands by the heading of their table."""
    return tomllib.loads(_COMMANDS.read_text(encoding="utf-8"))


def list_variables_of_functions() -> dict[str, tuple[str, ...]]:
    """Return the variables of the functions, and the parameters and resources that each has its value from."""
    resources, parameters = read_section("Resources"), read_section("Parameters")
    variables: dict[str, Any] = dict(read_section("Globals")["Function"]["Environment"]["Variables"])
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            variables |= resource["Properties"].get("Environment", {}).get("Variables", {})
    names = resources.keys() | parameters.keys()
    return {name: tuple(dict.fromkeys(_find_names(value, names))) for name, value in variables.items()}


def find_variables_of_commands() -> set[str]:
    """Return the variables that the commands of the repository read: from the Makefile and from the Python code."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assigned = set(re.findall(r"^(?:export )?([A-Z_]+) *:?=", makefile, re.MULTILINE))
    found = {name for name in _MAKE_VARIABLE.findall(makefile) if name not in assigned}
    found |= set(re.findall(r"^(?:\w+: export )?([A-Z_]+) \?=", makefile, re.MULTILINE))
    found |= {name for line in re.findall(r"^export ([A-Z_ ]+)$", makefile, re.MULTILINE) for name in line.split()}
    functions = list_variables_of_functions().keys()
    for file in (file for folder in _FOLDERS for file in (ROOT / folder).rglob("*.py")):
        found |= {first or second for first, second in _READ.findall(file.read_text(encoding="utf-8"))} - functions
    return found - _OTHERS


def _build_page() -> Iterator[str]:
    yield from ("# Environment variables", "", "## Functions", "")
    yield "`template.yaml` sets them, from these parameters and resources. Every function has those of `Globals`; the"
    yield "authorizer has the `OIDC_` ones, `PARTNER_GROUP` and `PLAN_KEY_SUFFIX` in addition."
    yield ""
    rows = [
        (f"`{name}`", ", ".join(f"`{source}`" for source in sources) or "fixed")
        for name, sources in sorted(list_variables_of_functions().items())
    ]
    yield from build_table(("variable", "value from"), rows)
    for heading, described in read_commands().items():
        yield from (f"## {heading}", "")
        cells = [(f"`{each['name']}`", each.get("default", ""), each["description"]) for each in described]
        yield from build_table(("variable", "default", "description"), cells)


def _find_names(value: object, names: set[str]) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _find_names(each, names)
    elif isinstance(value, str):
        yield from (name for name in [value, *re.findall(r"\$\{([\w:]+)\}", value)] if name in names)
