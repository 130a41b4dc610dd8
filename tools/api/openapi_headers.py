"""The response headers of the OpenAPI document: rate limits, ``Retry-After`` and ``WWW-Authenticate``."""

from typing import Any

from conversations.contract.operations import OPERATIONS
from conversations.domain.limits import WINDOW, Policy
from tools.api import examples
from tools.api.schemas import Json

_OPTIONAL_SUFFIX = "-sometimes"


def build_headers() -> Json:
    """Return all headers that responses refer to, by their names in the document."""
    headers: Json = {
        "Retry-After": _build_header("seconds to wait", {"type": "integer", "minimum": 0}, 12),
        "WWW-Authenticate": _build_header("the required scheme", {"type": "string", "const": "Bearer"}, "Bearer"),
    }
    for policy in {operation.policy for operation in OPERATIONS if operation.policy}:
        for required, suffix in ((True, ""), (False, _OPTIONAL_SUFFIX)):
            headers[f"RateLimit-{policy.name}{suffix}"] = _build_usage_header(policy, required=required)
            headers[f"RateLimit-Policy-{policy.name}{suffix}"] = _build_policy_header(policy, required=required)
    return dict(sorted(headers.items()))


def build_usage_references(policy: Policy, *, required: bool = True) -> Json:
    """Return references to the headers of a rate limit."""
    suffix = "" if required else _OPTIONAL_SUFFIX
    return {
        name: {"$ref": f"#/components/headers/{name}-{policy.name}{suffix}"}
        for name in ("RateLimit", "RateLimit-Policy")
    }


def _build_usage_header(policy: Policy, *, required: bool) -> Json:
    return _build_header(
        "how many requests are left (`r`), and the seconds until more are allowed (`t`)",
        {"type": "string", "pattern": rf'^"{policy.name}";r=\d+;t=\d+$'},
        examples.build_rate_limit(policy),
        required=required,
    )


def _build_policy_header(policy: Policy, *, required: bool) -> Json:
    value = f'"{policy.name}";q={policy.limit};w={int(WINDOW.total_seconds())}'
    description = "how many requests (`q`) are allowed in a window of seconds (`w`)"
    return _build_header(description, {"type": "string", "const": value}, value, required=required)


def _build_header(description: str, schema: Json, example: Any, *, required: bool = True) -> Json:  # noqa: ANN401 - JSON
    return {"description": description, "required": required, "schema": schema, "example": example}
