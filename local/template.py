"""What the local stack must know of ``template.yaml`` beyond what its AWS understands of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from local.settings import ALLOWED_ORIGINS, ROOT

TEMPLATE = ROOT / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads a template without resolving its intrinsic functions."""


def _intrinsic(loader: _Loader, _suffix: str, node: yaml.Node) -> object:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            return node.value


_Loader.add_multi_constructor("!", _intrinsic)


def resources(path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the resources by logical id, with the bare arguments in place of intrinsic functions."""
    template = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a safe loader
    return dict(template["Resources"])


def gateway_responses(path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the bodies the REST gateway answers with by itself, by their type."""
    responses = {
        kind: response
        for properties in _properties("AWS::Serverless::Api", path)
        for kind, response in properties.get("GatewayResponses", {}).items()
    }
    for response in responses.values():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        # The one header that is no text is the first of the parameter AllowedOrigins.
        headers |= {name: f"'{ALLOWED_ORIGINS[0]}'" for name, value in headers.items() if not isinstance(value, str)}
    return responses


def times_to_live(path: Path = TEMPLATE) -> dict[str, str]:
    """Return the attribute that tells when an item is over, by the table's logical id."""
    return {
        name: resource["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        for name, resource in resources(path).items()
        if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in resource["Properties"]
    }


def method_throttles(path: Path = TEMPLATE) -> dict[str, dict[str, dict[str, float]]]:
    """Return the usage plans' limits, by the plan's logical id and then by ``path/METHOD``."""
    return {
        name: {
            method: limits
            for stage in resource["Properties"].get("ApiStages", [])
            for method, limits in stage.get("Throttle", {}).items()
        }
        for name, resource in resources(path).items()
        if resource["Type"] == "AWS::ApiGateway::UsagePlan"
    }


def _properties(kind: str, path: Path) -> Iterator[dict[str, Any]]:
    for resource in resources(path).values():
        if resource["Type"] == kind:
            yield resource["Properties"]
