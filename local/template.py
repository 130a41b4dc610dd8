"""Reads the parts of ``template.yaml`` that the emulator ignores."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from local.settings import ALLOWED_ORIGINS, ROOT

TEMPLATE = ROOT / "template.yaml"


class _Loader(yaml.SafeLoader):
    """A YAML loader that does not resolve intrinsic functions."""


def _construct_intrinsic(loader: _Loader, _suffix: str, node: yaml.Node) -> object:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            return node.value


_Loader.add_multi_constructor("!", _construct_intrinsic)


def read_resources(path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the resources by logical id. Intrinsic functions are replaced by their arguments."""
    return read_section("Resources", path)


def read_section(name: str, path: Path = TEMPLATE) -> dict[str, Any]:
    """Return a section of the template. Intrinsic functions are replaced by their arguments."""
    return dict(yaml.load(path.read_text(), Loader=_Loader)[name])  # noqa: S506 - a subclass of SafeLoader


def read_gateway_responses(
    path: Path = TEMPLATE, allowed_origins: Sequence[str] = ALLOWED_ORIGINS
) -> dict[str, dict[str, Any]]:
    """Return the gateway responses of the REST API by their type."""
    responses = {
        kind: response
        for properties in _iterate_properties("AWS::Serverless::Api", path)
        for kind, response in properties.get("GatewayResponses", {}).items()
    }
    for response in responses.values():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        # The only header that is not a string is the first origin of the parameter AllowedOrigins.
        headers |= {name: f"'{allowed_origins[0]}'" for name, value in headers.items() if not isinstance(value, str)}
    return responses


def read_preflight(path: Path = TEMPLATE, allowed_origins: Sequence[str] = ALLOWED_ORIGINS) -> dict[str, str]:
    """Return the mapping template of the preflight responses and the value of its stage variable."""
    (api,) = _iterate_properties("AWS::Serverless::Api", path)
    integrations = (
        item["options"]["x-amazon-apigateway-integration"] for item in api["DefinitionBody"]["paths"].values()
    )
    # All paths have the same integration.
    response = next(integrations)["responses"]["default"]
    return {
        "template": response["responseTemplates"]["application/json"],
        "allowed_origins": ",".join(["none", *allowed_origins]),
    }


def read_ttl_attributes(path: Path = TEMPLATE) -> dict[str, str]:
    """Return the time-to-live attributes by the logical ids of their tables."""
    return {
        name: resource["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        for name, resource in read_resources(path).items()
        if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in resource["Properties"]
    }


def read_method_throttling(path: Path = TEMPLATE) -> dict[str, dict[str, dict[str, float]]]:
    """Return the rate limits of the usage plans by the logical id of the plan and by ``path/METHOD``."""
    return {
        name: {
            method: limits
            for stage in resource["Properties"].get("ApiStages", [])
            for method, limits in stage.get("Throttle", {}).items()
        }
        for name, resource in read_resources(path).items()
        if resource["Type"] == "AWS::ApiGateway::UsagePlan"
    }


def _iterate_properties(kind: str, path: Path) -> Iterator[dict[str, Any]]:
    for resource in read_resources(path).values():
        if resource["Type"] == kind:
            yield resource["Properties"]
