"""``template.yaml`` as tests read it: what is deployed, and under which names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent

type Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, read as their long ones."""


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if name == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """Return the whole template."""
    return dict(yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Loader))


def resources(kind: str) -> dict[str, Resource]:
    """Return the resources of a type by their logical ids."""
    return {name: each for name, each in template()["Resources"].items() if each["Type"] == kind}


def properties(name: str) -> dict[str, Any]:
    """Return the properties of a resource."""
    found: dict[str, Any] = template()["Resources"][name].get("Properties", {})
    return found


def functions() -> dict[str, str]:
    """Return the logical ids of all functions by name: the folder with their code, without its group."""
    return {_module(logical_id).split(".")[-2]: logical_id for logical_id in resources("AWS::Serverless::Function")}


def handler_module(function: str) -> str:
    """Return the module of a function's handler: ``rest.health.app``."""
    return _module(functions()[function])


def _module(logical_id: str) -> str:
    return str(properties(logical_id)["Handler"]).rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a function.

    Attributes
    ----------
    kind
        ``rest`` or ``socket``.
    key
        A method and a path, or a route key.
    folder
        The folder of the function it leads to.
    """

    kind: str
    key: str
    folder: str


def routes() -> set[Route]:
    """Return every route of both APIs."""
    folders = {name: folder for folder, name in functions().items()}
    found = set()
    for name, folder in folders.items():
        for event in properties(name).get("Events", {}).values():
            if event["Type"] == "Api":
                found.add(Route("rest", f"{event['Properties']['Method']} {event['Properties']['Path']}", folder))
    for key, route in properties("WebSocketApi")["Routes"].items():
        target, _ = route["FunctionArn"]["Fn::GetAtt"]
        found.add(Route("socket", key, folders[target]))
    return found


PATHS_FOR_PAGES = (
    *("/conversations", "/conversations/start", "/conversations/claim", "/conversations/{conversation_id}"),
    *("/conversations/{conversation_id}/messages", "/conversations/{conversation_id}/history"),
    *("/bots", "/tickets", "/me", "/me/export", "/health", "/openapi.json"),
)
"""The paths that pages of other origins may call."""

type Grant = tuple[str, str]
"""An action, and the logical id of what it may be done to (``/index`` behind a table's, ``/*`` behind a bucket's)."""

CONNECTIONS = "@connections"


def grants(folder: str) -> set[Grant]:
    """Return what the template lets a function do."""
    found = set()
    for policy in properties(functions()[folder]).get("Policies", []):
        statement = policy["Statement"]
        assert statement["Effect"] == "Allow"
        for resource in statement["Resource"]:
            found |= {(action, _granted(resource)) for action in statement["Action"]}
    return found


def _granted(resource: dict[str, Any]) -> str:
    match resource:
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Sub": str(text)} if text.endswith(".Arn}/index/*"):
            return text.removeprefix("${").removesuffix(".Arn}/index/*") + "/index"
        case {"Fn::Sub": str(text)} if text.endswith(".Arn}/*"):
            return text.removeprefix("${").removesuffix(".Arn}/*") + "/*"
        case {"Fn::Sub": str(text)} if text.endswith(":${WebSocketApi}/ws/*/@connections/*"):
            return CONNECTIONS
        case _:
            raise NotImplementedError(resource)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of the template: its names filled in.

    Attributes
    ----------
    names
        What ``Ref`` of a resource gives.
    parameters
        Parameters that are not at their defaults.
    """

    names: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def environment(self, folder: str) -> dict[str, str]:
        """Return the environment variables of a function, as Lambda would set them."""
        variables: dict[str, Any] = {
            **template()["Globals"]["Function"]["Environment"]["Variables"],
            **properties(functions()[folder]).get("Environment", {}).get("Variables", {}),
        }
        return {name: str(self.resolve(value)) for name, value in variables.items()}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401, PLR0911 - whatever YAML holds, a case each
        """Return ``value`` without intrinsic functions."""
        match value:
            case {"Ref": str(name)}:
                return self._ref(name)
            case {"Fn::Sub": str(text)}:
                return self._substitute(text)
            case {"Fn::If": [condition, yes, no]}:
                return self.resolve(yes if self.holds(condition) else no)
            case {"Fn::Select": [place, items]}:
                return self.resolve(items)[int(place)]
            case {"Fn::Split": [separator, text]}:
                return self.resolve(text).split(separator)
            case {"Fn::Join": [separator, listed]}:
                return str(separator).join(self.resolve(listed).split(","))
            case _:
                return value

    def holds(self, condition: str) -> bool:
        """Tell whether a condition of the template is true."""
        return self._true(template()["Conditions"][condition])

    def _true(self, expression: Mapping[str, Any]) -> bool:
        match expression:
            case {"Fn::Not": [inner]}:
                return not self._true(inner)
            case {"Fn::Equals": [one, other]}:
                return bool(self.resolve(one) == self.resolve(other))
            case _:
                raise NotImplementedError(expression)

    def _substitute(self, text: str) -> str:
        before, opened, rest = text.partition("${")
        if not opened:
            return text
        name, _, after = rest.partition("}")
        return before + self._ref(name) + self._substitute(after)

    def _ref(self, name: str) -> str:
        if name in self.names:
            return self.names[name]
        if name in self.parameters:
            return self.parameters[name]
        parameter = template()["Parameters"].get(name)
        assert parameter is not None, f"Add the name of {name} to Aws.create and to EXAMPLE_NAMES."
        return str(parameter["Default"])


EXAMPLE_NAMES = {
    **{
        name: name
        for name in (
            *resources("AWS::DynamoDB::Table"),
            *resources("AWS::SQS::Queue"),
            "BotsBucket",
            "UserPool",
            "UserPoolClient",
        )
    },
    "WebSocketApi": "a1b2c3d4e5",
    "AWS::Region": "eu-central-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:1:stack/name/01234567-89ab-cdef-0123-456789abcdef",
}
"""Names as a deployment in Frankfurt could have them."""
