"""IAM is enforced on the running stack: a function without its statement is refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.stack.conftest import Stack


@pytest.fixture
def role(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The name of the role of the function list_bots."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to break")
    pages = aws("lambda").get_paginator("list_functions").paginate()
    functions = [each for page in pages for each in page["Functions"]]
    (function,) = [each for each in functions if each["Handler"] == "rest.list_bots.app.handler"]
    return str(function["Role"]).rpartition("/")[2]


def test_function_works_only_with_its_permissions(api: httpx.Client, aws: Callable[[str], Any], role: str) -> None:
    iam = aws("iam")
    policies = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert api.get("/bots").status_code == 200

    for name in policies:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        refused = api.get("/bots")
    finally:
        for name, document in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    assert refused.status_code == 500
    assert refused.json()["error"] == "internal"
    assert api.get("/bots").status_code == 200
