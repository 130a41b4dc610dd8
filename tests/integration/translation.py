"""``template.yaml`` as CloudFormation gets it: translated by SAM, in the virtual environment of SAM CLI."""

import json
import os
import subprocess
from functools import cache
from typing import Any

from tests.template import ROOT

# The translation of `sam validate`, which discards its result. The managed policies are those that SAM knows by name.
_TRANSLATE = """
import json
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
validator = SamTemplateValidator(yaml_parse(open("template.yaml").read()), None)
validator._replace_local_codeuri()
policies = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaSQSQueueExecutionRole", "AWSLambdaDynamoDBExecutionRole")
}
print(json.dumps(Translator(policies, Parser()).translate(validator.sam_template, {})))
"""

type Resource = dict[str, Any]


@cache
def translate_template() -> dict[str, Any]:
    """Return the translated template."""
    process = subprocess.run(
        [ROOT / ".venvs/sam/bin/python", "-c", _TRANSLATE],
        cwd=ROOT,
        env=os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        check=True,
        text=True,
    )
    return dict(json.loads(process.stdout.splitlines()[-1]))


def translated_resources(kind: str) -> dict[str, Resource]:
    """Return the properties of the translated resources of a type by their logical ids."""
    return {
        name: resource.get("Properties", {})
        for name, resource in translate_template()["Resources"].items()
        if resource["Type"] == kind
    }


def openapi_body() -> dict[str, Any]:
    """Return the OpenAPI document that API Gateway imports as the REST API."""
    body: dict[str, Any] = translated_resources("AWS::ApiGateway::RestApi")["RestApi"]["Body"]
    return body
