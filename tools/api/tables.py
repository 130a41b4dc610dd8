"""The generated parts of pages below ``docs``: tables of endpoints, frames, functions, fields etc."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_origin

from pydantic import BaseModel

from conversations.contract import problems
from conversations.contract.bot_server import EVENTS, ServerAnswer, ServerTurn
from conversations.contract.client_frames import FRAME_OPERATIONS
from conversations.contract.operation import Operation
from conversations.contract.registry import OPERATIONS
from conversations.domain import limits
from conversations.domain.limits import Policy
from tools.api import asyncapi, bot_servers, openapi_problems, schemas
from tools.api.openapi import get_counted_per
from tools.bill import build_comparison_rows, build_line_rows, build_rows, read_counts
from tools.documents import ROOT, build_table, fill_parts

API_PAGE = ROOT / "docs/api.md"
ARCHITECTURE_PAGE = ROOT / "docs/architecture.md"
WEBHOOK_BOTS_PAGE = ROOT / "docs/webhook-bots.md"
COSTS_PAGE = ROOT / "docs/costs.md"

_TABLE = re.compile(
    r"^  # (?P<content>.+)\n  (?P<name>\w+):\n    Type: AWS::DynamoDB::Table\n(?:      .*\n|    .*\n|\n)*?"
    r"      KeySchema: (?P<keys>.+)$",
    flags=re.MULTILINE,
)
_KEY = re.compile(r"AttributeName: (\w+)")


def build_page(page: Path) -> str:
    """Return a page with its generated parts."""
    return fill_parts(page.read_text(encoding="utf-8"), lambda name: _generate(page, name))


def _generate(page: Path, name: str) -> str:
    if name not in _GENERATORS:
        raise SystemExit(f"{page.name}: unknown part {name}: tools/api/tables.py generates {', '.join(_GENERATORS)}.")
    return "\n".join(_GENERATORS[name]())


def _generate_operations() -> Iterator[str]:
    """Generate the table of endpoints."""
    rows = [
        (_format_route(operation), operation.summary, _format_access(operation), _format_policies(operation))
        for operation in OPERATIONS
    ]
    return build_table(("endpoint", "what it does", "credential", "rate limit"), rows)


def _format_route(operation: Operation[Any]) -> str:
    return f"`{operation.method} /api{operation.path}`"


def _format_access(operation: Operation[Any]) -> str:
    if operation.public:
        return "none"
    return "webhook secret" if operation.scripted else "access token"


def _format_policies(operation: Operation[Any]) -> str:
    others = (f"{_format_policy(policy)} with `{name}`" for name, policy in operation.field_policies.items())
    return ", ".join(filter(None, (_format_policy(operation.policy), *others)))


def _format_policy(policy: Policy | None) -> str:
    return "" if policy is None else f"`{policy.name}`"


def _generate_client_frames() -> Iterator[str]:
    """Generate the table of the frames that clients send."""
    rows = [
        (
            f"`{operation.type}`",
            schemas.format_prose(operation.model.__doc__ or ""),
            _format_fields(operation.model),
            _format_policy(operation.policy),
        )
        for operation in FRAME_OPERATIONS
    ]
    return build_table(("frame", "meaning", "fields besides `type`", "rate limit"), rows)


def _generate_server_frames() -> Iterator[str]:
    """Generate the table of the frames that the server sends."""
    rows = [
        (f"`{asyncapi.get_title(frame)}`", schemas.format_prose(frame.__doc__ or ""), _format_fields(frame))
        for frame in asyncapi.SERVER_FRAMES
    ]
    return build_table(("frame", "meaning", "fields besides `type` and `status`"), rows)


def _format_fields(model: type[BaseModel]) -> str:
    """Return the names of the fields; an optional one ends with ``?``, and a description follows in brackets."""
    fields = [
        f"`{field.alias or name}{'' if field.is_required() or get_origin(field.annotation) is Literal else '?'}`"
        + (f" ({field.description})" if field.description else "")
        for name, field in model.model_fields.items()
        if name not in ("type", "status")
    ]
    return "; ".join(fields) or "none"


def _generate_errors() -> Iterator[str]:
    """Generate the table of errors."""
    rows = [
        (
            str(problems.get_status(error_type).value),
            f"`{error_type.code}`",
            openapi_problems.describe(error_type),
            ", ".join(f"`{name}`" for name in problems.build_headers(openapi_problems.EXAMPLES[error_type])),
        )
        for error_type in problems.STATUSES
    ]
    status = problems.INTERNAL_STATUS
    internal = (str(status.value), f"`{problems.INTERNAL.code}`", openapi_problems.describe(problems.INTERNAL), "")
    return build_table(("status", "`error`", "when", "headers"), sorted([*rows, internal]))


def _generate_limits() -> Iterator[str]:
    """Generate the table of rate limits."""
    policies = [value for value in vars(limits).values() if isinstance(value, Policy)]
    rows = [(f"`{policy.name}`", _format_limit(policy), ", ".join(_list_counted(policy))) for policy in policies]
    connect = limits.connect_policy(0)
    rows.append(
        (f"`{connect.name}`", "the parameter `AnonymousConnectLimit` per IP address", f"{connect.unit} to `/ws`")
    )
    return build_table(("policy", f"limit in any {int(limits.WINDOW.total_seconds())} seconds", "what counts"), rows)


def _format_limit(policy: Policy) -> str:
    return f"{policy.limit} per {get_counted_per(policy)}"


def _list_counted(policy: Policy) -> Iterator[str]:
    for operation in OPERATIONS:
        if operation.policy is policy:
            condition = "".join(f" without `{name}`" for name in operation.field_policies)
            yield f"{_format_route(operation)}{condition}"
        for name, other in operation.field_policies.items():
            if other is policy:
                yield f"{_format_route(operation)} with `{name}`"
    for frame in FRAME_OPERATIONS:
        if frame.policy is policy:
            yield f"frame `{frame.type}`"


def _generate_limit_headers() -> Iterator[str]:
    """Generate the headers of a response after the first message in a minute."""
    first = limits.Usage(limits.MESSAGES, limits.MESSAGES.limit - 1, int(limits.WINDOW.total_seconds()))
    return iter(("```", *(f"{name}: {value}" for name, value in problems.build_usage_headers(first).items()), "```"))


def _generate_functions() -> Iterator[str]:
    """Generate the table of functions from the docstrings of their modules, which name the trigger and the purpose."""
    files = [*sorted((ROOT / "functions").glob("*/*/app.py")), ROOT / "functions/authorizer/app.py"]
    return build_table(("function", "trigger", "what it does"), map(_build_function_row, files))


def _build_function_row(file: Path) -> tuple[str, str, str]:
    summary, *_ = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()
    trigger, _, purpose = schemas.format_prose(summary).partition(": ")
    return f"`{file.parent.name}`", trigger.removeprefix("The consumer of the "), purpose.rstrip(".")


def _generate_tables() -> Iterator[str]:
    """Generate the list of DynamoDB tables from the template, where a comment above each one has its content."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    rows = [
        (f"`{match['name']}`", ", ".join(f"`{key}`" for key in _KEY.findall(match["keys"])), match["content"])
        for match in _TABLE.finditer(template)
    ]
    return build_table(("table", "key", "content"), rows)


def _generate_server_turn() -> Iterator[str]:
    """Generate the table of the fields that a bot server receives."""
    return build_table(("field", "meaning"), bot_servers.list_fields(ServerTurn))


def _generate_server_answer() -> Iterator[str]:
    """Generate the table of the fields of an answer as JSON."""
    return build_table(("field", "meaning"), bot_servers.list_fields(ServerAnswer))


def _generate_server_events() -> Iterator[str]:
    """Generate the table of the events of an answer as a stream."""
    rows = [
        (f"`{name}`", schemas.format_prose(model.__doc__ or "").partition(": ")[2], _format_fields(model))
        for name, model in EVENTS.items()
    ]
    return build_table(("event", "meaning", "fields of `data`"), rows)


def _generate_bill() -> Iterator[str]:
    """Generate the table of what a million turns of each path cost."""
    header, *rows = build_rows(read_counts())
    return build_table(header, rows)


def _generate_bill_lines() -> Iterator[str]:
    """Generate the table of what a turn of each bot uses."""
    header, *rows = build_line_rows(read_counts())
    return build_table(header, rows)


def _generate_comparisons() -> Iterator[str]:
    """Generate the table of other services by their own price lists."""
    header, *rows = build_comparison_rows()
    return build_table(header, rows)


_GENERATORS: dict[str, Callable[[], Iterable[str]]] = {
    "operations": _generate_operations,
    "client_frames": _generate_client_frames,
    "server_frames": _generate_server_frames,
    "errors": _generate_errors,
    "limits": _generate_limits,
    "functions": _generate_functions,
    "tables": _generate_tables,
    "limit_headers": _generate_limit_headers,
    "server_turn": _generate_server_turn,
    "server_answer": _generate_server_answer,
    "server_events": _generate_server_events,
    "bill": _generate_bill,
    "bill_lines": _generate_bill_lines,
    "comparisons": _generate_comparisons,
}
