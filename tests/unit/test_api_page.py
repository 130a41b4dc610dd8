"""``docs/api.md``: each endpoint has a command, and the tables match the code."""

import re

from conversations.contract import problems
from conversations.contract.registry import OPERATIONS
from conversations.domain import limits
from tools.api import tables

PAGE = tables.API_PAGE.read_text(encoding="utf-8")


def test_every_endpoint_has_a_command() -> None:
    for operation in OPERATIONS:
        path = (
            operation.path.replace("{conversation_id}", "$CONVERSATION")
            .replace("{message_id}", "$MESSAGE")
            .replace("{file_id}", "$FILE")
        )
        bot = "shop" if operation.scripted else "default"
        path = path.replace("{bot_id}", bot).replace("{name}", "paid")
        method = operation.method.upper()
        option = rf"-X {method} " if method in ("PATCH", "PUT", "DELETE") else ""
        assert re.search(rf'curl -s {re.escape(option)}.*"?localhost:8080/api{re.escape(path)}[\s"?]', PAGE), (
            f"docs/api.md has no curl command for {operation.name}"
        )


def test_table_of_errors_matches_code() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, flags=re.MULTILINE))

    error_types = problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS}
    assert rows == {(str(problems.get_status(each).value), each.code) for each in error_types}


def test_table_of_limits_matches_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) ", PAGE, flags=re.MULTILINE))

    policies = [limits.MESSAGES, limits.HISTORY, limits.LIST, limits.WEBHOOK]
    assert {policy.name: rows.get(policy.name) for policy in policies} == {
        policy.name: str(policy.limit) for policy in policies
    }
