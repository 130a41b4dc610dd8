"""The response headers of the OpenAPI document: rate limits, ``Retry-After`` and ``WWW-Authenticate``."""

from typing import Any

from conversations.contract.registry import OPERATIONS
from conversations.domain.limits import WINDOW, Policy
from tools.api import examples
from tools.api.schemas import Json

type Policies = tuple[Policy, ...]

_OPTIONAL_SUFFIX = "-sometimes"


def build_headers() -> Json:
    """Return all headers that responses refer to, by their names in the document."""
    headers: Json = {
        "Retry-After": _build_header("seconds to wait", {"type": "integer", "minimum": 0}, 12),
        "WWW-Authenticate": _build_header("the required scheme", {"type": "string", "const": "Bearer"}, "Bearer"),
    }
    for policies in {operation.get_policies() for operation in OPERATIONS} - {()}:
        name = format_names(policies)
        for required, suffix in ((True, ""), (False, _OPTIONAL_SUFFIX)):
            headers[f"RateLimit-{name}{suffix}"] = _build_usage_header(policies, required=required)
            headers[f"RateLimit-Policy-{name}{suffix}"] = _build_policy_header(policies, required=required)
    return dict(sorted(headers.items()))


def format_names(policies: Policies) -> str:
    """Return the name of the rate limits together."""
    return "-or-".join(policy.name for policy in policies)


def build_usage_references(policies: Policies, *, required: bool = True) -> Json:
    """Return references to the headers that report one of the rate limits."""
    suffix = "" if required else _OPTIONAL_SUFFIX
    return {
        name: {"$ref": f"#/components/headers/{name}-{format_names(policies)}{suffix}"}
        for name in ("RateLimit", "RateLimit-Policy")
    }


def _build_usage_header(policies: Policies, *, required: bool) -> Json:
    names = "|".join(policy.name for policy in policies)
    return _build_header(
        "how many requests are left (`r`), and the seconds until more are allowed (`t`)",
        {"type": "string", "pattern": rf'^"({names})";r=\d+;t=\d+$'},
        examples.build_rate_limit(policies[0]),
        required=required,
    )


def _build_policy_header(policies: Policies, *, required: bool) -> Json:
    window = int(WINDOW.total_seconds())
    values = [f'"{policy.name}";q={policy.limit};w={window}' for policy in policies]
    description = "how many requests (`q`) are allowed in a window of seconds (`w`)"
    return _build_header(description, {"type": "string", "enum": values}, values[0], required=required)


def _build_header(description: str, schema: Json, example: Any, *, required: bool = True) -> Json:  # noqa: ANN401 - JSON
    return {"description": description, "required": required, "schema": schema, "example": example}
