"""Cold starts: every function imports what it needs and nothing else."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest

from tests.template import EXAMPLE_NAMES, ROOT, Deployment, functions, handler_module

# Powertools loads the bare package botocore, which is small; its clients are not.
AWS = {"botocore.client"}
ROUTERS = {"asyncio", "aws_lambda_powertools.event_handler", "aws_lambda_powertools.utilities.batch"}
"""What Powertools loads for routes and batches; a function has one route."""

TOKENS = {"cryptography", "jwt"}
SCRIPTS = {"basic", "conversations.engines.basic.engine"}
PARSER = {"aws_lambda_powertools.utilities.parser"}
SDKS = {"anthropic", "any_llm", "google.genai", "groq", "httpx", "httpx2", "litellm", "mistralai", "openai", "requests"}
"""SDKs of model providers and what they use: each takes longer to import than everything else a function imports."""

DOCUMENTS = {"PIL", "mistune", "pypdf", "reportlab"}
"""What reads and generates documents: imported by the statement that needs it."""

UNNEEDED: dict[str, set[str]] = {
    "authorizer": AWS | SCRIPTS | {"conversations.entrypoints.rest"},
    **dict.fromkeys(("run_automation", "webhook"), TOKENS),
    "receive_mail": TOKENS | PARSER,
    "create_schedules": TOKENS | PARSER | {"basic.syntax", "basic.machine", "conversations.engines"},
    **dict.fromkeys(("run_turn", "run_waiting_turns"), TOKENS | SCRIPTS | PARSER | {"conversations.entrypoints.rest"}),
    **dict.fromkeys(
        ("health", "get_openapi"),
        AWS | TOKENS | SCRIPTS | {"conversations.adapters", "conversations.services", "conversations.engines"},
    ),
    **dict.fromkeys(("message", "send_message"), TOKENS | SCRIPTS | PARSER),
    "ping": TOKENS | SCRIPTS | {"conversations.adapters.dynamodb", "conversations.services"},
}
"""What a function must not load, where that differs from ``USUALLY_UNNEEDED``."""

USUALLY_UNNEEDED = TOKENS | SCRIPTS | PARSER | {"conversations.engines"}


def loaded_by(function: str, statements: str = "") -> set[str]:
    """Return the modules that a process has loaded after it imported a function and ran some statements."""
    program = f"import json, sys, {handler_module(function)}\n{statements}\nprint(json.dumps(sorted(sys.modules)))"
    environment = Deployment(EXAMPLE_NAMES).environment(function) | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in ("layers/core", "layers/basic", "functions")),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 0, f"{function} cannot be loaded: {process.stderr.strip().splitlines()[-3:]}"
    return set(json.loads(process.stdout.splitlines()[-1]))


def is_loaded(package: str, modules: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for module in modules)


@pytest.mark.parametrize("function", sorted(functions()))
def test_function_loads_only_what_it_needs(function: str) -> None:
    modules = loaded_by(function)

    unneeded = UNNEEDED.get(function, USUALLY_UNNEEDED) | SDKS | DOCUMENTS | ROUTERS
    assert {name for name in unneeded if is_loaded(name, modules)} == set()


def test_models_load_no_sdk_of_a_provider_and_bedrock_only_when_it_is_used() -> None:
    load = (
        "from conversations.bootstrap import models; from conversations.domain.model import ModelReference as Reference"
    )
    first = f"{load}; models.language_models().get(Reference('openai', 'x', 'https://models.test/v1'))"
    second = f"{first}; models.language_models().get(Reference('bedrock', 'x')); models.bedrock_runtime()"

    assert not is_loaded(
        "conversations.adapters.models.openai", loaded_by("run_turn", f"{load}; models.language_models()")
    )
    assert not is_loaded("conversations.adapters.models.bedrock", loaded_by("run_turn", first))
    modules = loaded_by("run_turn", second)
    assert is_loaded("conversations.adapters.models.bedrock", modules)
    assert {name for name in SDKS if is_loaded(name, modules)} == set()


def test_authorizer_loads_clients_of_aws_for_first_caller_without_token() -> None:
    modules = loaded_by("authorizer", "from conversations.bootstrap.authorizer import _load_tickets\n_load_tickets()")

    assert is_loaded("botocore.client", modules)


@pytest.mark.parametrize("group", sorted({handler_module(name).partition(".")[0] for name in functions()}))
def test_function_group_is_not_shadowed_by_installed_package(group: str) -> None:
    """A package of that name in a layer would be imported instead of the folder, which has no ``__init__.py``."""
    spec = importlib.util.find_spec(group)

    assert spec is not None
    assert spec.origin is None


def test_data_classes_are_those_that_compile_nothing() -> None:
    core = ROOT / "layers/core/conversations"
    imports = re.compile(r"^from dataclasses import .*\bdataclass\b", flags=re.MULTILINE)

    compiled = [path.name for path in core.rglob("*.py") if imports.search(path.read_text(encoding="utf-8"))]

    assert compiled == [], "import it from conversations.data_classes, which makes cold starts shorter"
