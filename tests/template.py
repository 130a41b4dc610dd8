"""``template.yaml`` for tests: resources, functions, routes, grants and environments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent

type Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Loads YAML, and converts CloudFormation's short forms of intrinsic functions to the long forms."""


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
    """Return the template."""
    return dict(yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Loader))


@cache
def resources(kind: str) -> dict[str, Resource]:
    """Return the resources of a type by their logical ids."""
    return {name: resource for name, resource in template()["Resources"].items() if resource["Type"] == kind}


def properties(name: str) -> dict[str, Any]:
    """Return the properties of a resource."""
    result: dict[str, Any] = template()["Resources"][name].get("Properties", {})
    return result


@cache
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
    """A route of an API to a function.

    Attributes
    ----------
    kind
        ``rest`` or ``socket``.
    key
        A method and a path, or a route key.
    function
        The name of the function.
    """

    kind: str
    key: str
    function: str


def routes() -> set[Route]:
    """Return the routes of both APIs."""
    names = {logical_id: name for name, logical_id in functions().items()}
    result = set()
    for logical_id, name in names.items():
        for event in properties(logical_id).get("Events", {}).values():
            if event["Type"] == "Api":
                result.add(Route("rest", f"{event['Properties']['Method']} {event['Properties']['Path']}", name))
    for key, route in properties("WebSocketApi")["Routes"].items():
        target, _ = route["FunctionArn"]["Fn::GetAtt"]
        result.add(Route("socket", key, names[target]))
    return result


type Grant = tuple[str, str]
"""An action and the logical id of its resource (with ``/index`` for the indexes of a table, ``/*`` for objects)."""

CONNECTIONS = "@connections"
BOT_SECRETS = "secrets of bots"
"""What grants of secrets are for: parameters and secrets below ``conversations/<stack>/``."""

SCHEDULES = "schedules of the group"
"""What the grant of schedules is for."""

MAIL_IDENTITY = "identity of MailFrom"
"""What grants of mail are for: the identity of the sender's address, or of its domain."""

TELEPHONES = "telephone numbers"
"""What grants of text messages are for: all resources but those of SNS that have an ARN."""

NO_TELEPHONES = [{"Fn::If": ["SendsTexts", {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}, "*"]}]
"""The resources that are no telephone numbers; all if the deployment sends no text messages."""

POLLER_ACTIONS = {
    "AWS::SQS::Queue": frozenset({"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}),
    "AWS::DynamoDB::Table": frozenset({"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}),
}
"""What Lambda itself does with the role of a function to read its event sources, by the type of the source."""


@cache
def event_source_mappings(function: str) -> list[dict[str, Any]]:
    """Return the properties of the event source mappings of a function."""
    mappings = (mapping["Properties"] for mapping in resources("AWS::Lambda::EventSourceMapping").values())
    return [mapping for mapping in mappings if mapping["FunctionName"] == {"Ref": functions()[function]}]


def poller_grants(function: str) -> set[Grant]:
    """Return the permissions that Lambda needs to read the event sources of a function and to report failures."""
    result = set()
    for mapping in event_source_mappings(function):
        source, attribute = mapping["EventSourceArn"]["Fn::GetAtt"]
        name = f"{source}/stream" if attribute == "StreamArn" else source
        result |= {(action, name) for action in POLLER_ACTIONS[template()["Resources"][source]["Type"]]}
        if destination := mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
            result.add(("sqs:SendMessage", destination["Fn::GetAtt"][0]))
    return result


def grants(function: str) -> set[Grant]:
    """Return the permissions of a function."""
    result = set()
    for policy in properties(functions()[function]).get("Policies", []):
        statement = policy["Statement"]
        assert statement["Effect"] == "Allow"
        if "NotResource" in statement:
            assert statement["NotResource"] == NO_TELEPHONES
            result |= {(action, TELEPHONES) for action in statement["Action"]}
        for resource in statement.get("Resource", ()):
            result |= {(action, _resource_name(resource)) for action in statement["Action"]}
    return result


def _resource_name(resource: dict[str, Any]) -> str:  # noqa: C901, PLR0911 - any resource, one case each
    match resource:
        case {"Fn::Sub": str(text)} if text.endswith(":schedule/${ScheduleGroup}/*"):
            return SCHEDULES
        case {"Fn::Sub": str(text) | [str(text), _]} if ":ses:" in text:
            return MAIL_IDENTITY
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::GetAtt": [str(name), "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::Sub": str(text)} if text.endswith(".Arn}/index/*"):
            return text.removeprefix("${").removesuffix(".Arn}/index/*") + "/index"
        case {"Fn::Sub": str(text)} if text.endswith(".Arn}/*"):
            return text.removeprefix("${").removesuffix(".Arn}/*") + "/*"
        case {"Fn::Sub": str(text)} if ".Arn}/!" in text:
            return text.removeprefix("${").replace(".Arn}", "")
        case {"Fn::Sub": str(text)} if text.endswith(":${WebSocketApi}/ws/*/@connections/*"):
            return CONNECTIONS
        case {"Fn::Sub": str(text)} if text.endswith("conversations/${AWS::StackName}/*"):
            return BOT_SECRETS
        case {"Fn::Sub": str(text)} if ":bedrock:" in text:
            return text.rpartition(":")[2]
        case _:
            raise NotImplementedError(resource)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of the template, with the names of its resources.

    Attributes
    ----------
    names
        The value of ``Ref`` for each resource.
    parameters
        Parameters with other values than the defaults.
    """

    names: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment variables of a function."""
        variables: dict[str, Any] = {
            **template()["Globals"]["Function"]["Environment"]["Variables"],
            **properties(functions()[function]).get("Environment", {}).get("Variables", {}),
        }
        return {name: str(self.resolve(value)) for name, value in variables.items()}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any YAML value, one case each
        """Return ``value`` without intrinsic functions."""
        match value:
            case {"Ref": str(name)}:
                return self._ref(name)
            case {"Fn::GetAtt": [str(name), "Arn"]}:
                return f"arn:aws:::{name}"
            case {"Fn::Sub": str(text)}:
                return self._substitute(text)
            case {"Fn::If": [condition, yes, no]}:
                return self.resolve(yes if self.is_true(condition) else no)
            case {"Fn::Select": [index, items]}:
                return self.resolve(items)[int(index)]
            case {"Fn::Split": [separator, text]}:
                return self.resolve(text).split(separator)
            case {"Fn::Join": [separator, list(items)]}:
                return str(separator).join(self.resolve(item) for item in items)
            case {"Fn::Join": [separator, items]}:
                return str(separator).join(self.resolve(items).split(","))
            case {"Fn::Sub": [str(text), dict(values)]}:
                names = {name: self.resolve(item) for name, item in values.items()}
                return replace(self, names={**self.names, **names}).resolve({"Fn::Sub": text})
            case _:
                return value

    def is_true(self, condition: str) -> bool:
        """Return whether a condition of the template is true."""
        return self._evaluate(template()["Conditions"][condition])

    def _evaluate(self, expression: Mapping[str, Any]) -> bool:
        match expression:
            case {"Fn::Not": [inner]}:
                return not self._evaluate(inner)
            case {"Condition": str(name)}:
                return self.is_true(name)
            case {"Fn::And": [first, second]}:
                return self._evaluate(first) and self._evaluate(second)
            case {"Fn::Or": [first, second]}:
                return self._evaluate(first) or self._evaluate(second)
            case {"Fn::Equals": [first, second]}:
                return bool(self.resolve(first) == self.resolve(second))
            case _:
                raise NotImplementedError(expression)

    def _substitute(self, text: str) -> str:
        before, marker, rest = text.partition("${")
        if not marker:
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
            "DriveBucket",
            "ScheduleGroup",
            "UserPool",
            "UserPoolClient",
            "DistributionSecret",
        )
    },
    "WebSocketApi": "a1b2c3d4e5",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "name",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:1:stack/name/01234567-89ab-cdef-0123-456789abcdef",
}
"""Example names of a deployment in Frankfurt."""


def list_resources(statement: dict[str, Any]) -> list[Any]:
    """Return the resources of a statement of a policy; of a NotResource, what it leaves out, marked as such."""
    excluded = statement.get("NotResource")
    return [*statement["Resource"]] if excluded is None else [{"all but": excluded}]
