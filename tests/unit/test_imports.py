"""Cold starts: every function imports what it needs and nothing else."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from tests.template import EXAMPLE_NAMES, ROOT, Deployment, functions, handler_module

# Powertools loads the bare package botocore, which is small; its clients are not.
HEAVY = (
    "basic",
    "boto3",
    "botocore.client",
    "conversations.adapters",
    "conversations.services",
    "cryptography",
    "jwt",
    "urllib.request",
)


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


def heavy(modules: set[str]) -> set[str]:
    """Return the heavy modules among those loaded."""
    return {name for name in HEAVY if is_loaded(name, modules)}


@pytest.mark.parametrize("function", sorted(functions()))
def test_function_loads_no_heavy_module_before_its_first_request(function: str) -> None:
    assert heavy(loaded_by(function)) == set()


@pytest.mark.parametrize(
    ("function", "factory", "needed", "unneeded"),
    [
        ("ping", "gateway", "conversations.adapters.websocket", {"conversations.adapters.dynamodb", "jwt"}),
        ("default", "gateway", "conversations.adapters.websocket", {"conversations.adapters.dynamodb", "jwt"}),
        ("authorizer", "identity_service", "conversations.adapters.oidc", {"boto3", "botocore.client"}),
        (
            "get_history",
            "history_service",
            "conversations.adapters.dynamodb.messages",
            {"jwt", "conversations.adapters.sqs"},
        ),
        ("list_conversations", "conversation_service", "conversations.adapters.dynamodb.conversations", {"jwt"}),
        ("send_message", "message_service", "conversations.adapters.sqs", {"jwt", "conversations.engines"}),
        (
            "run_turn",
            "attempt_service",
            "conversations.engines",
            {"jwt", "conversations.entrypoints.rest", "basic", "conversations.engines.basic.engine"},
        ),
        ("deliver_delayed", "telling_service", "conversations.adapters.sqs", {"jwt", "conversations.engines"}),
    ],
)
def test_first_request_loads_only_what_its_function_needs(
    function: str, factory: str, needed: str, unneeded: set[str]
) -> None:
    modules = loaded_by(function, f"from conversations import bootstrap\nbootstrap.{factory}()")

    assert needed in modules
    assert not {name for name in unneeded if is_loaded(name, modules)}


@pytest.mark.parametrize("group", sorted({handler_module(name).partition(".")[0] for name in functions()}))
def test_function_group_is_not_shadowed_by_installed_package(group: str) -> None:
    """A package of that name in a layer would be imported instead of the folder, which has no ``__init__.py``."""
    spec = importlib.util.find_spec(group)

    assert spec is not None
    assert spec.origin is None
