"""Sets right, by calls the local AWS honours, what it leaves out of the template. AWS needs none of this."""

import httpx

from local import template
from local.aws import Deployment, session
from local.settings import Settings

_STAGE = "api"
_PARALLEL = 4


def mend(settings: Settings, deployment: Deployment) -> None:
    """Bring the deployed stack to what the template says; doing it again changes nothing."""
    gateway_responses(settings, deployment)
    method_throttles(settings, deployment)
    times_to_live(settings, deployment)
    parallel_conversations(settings, deployment)


def gateway_responses(settings: Settings, deployment: Deployment) -> None:
    """Put each gateway response by itself.

    AWS reads them from the API's OpenAPI body, where SAM writes them; MiniStack looks there for paths only.
    """
    client = session().client("apigateway", endpoint_url=settings.aws_endpoint)
    api = deployment.outputs["RestApiId"]
    for kind, response in template.gateway_responses().items():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        client.put_gateway_response(
            restApiId=api,
            responseType=kind,  # type: ignore[arg-type]
            statusCode=str(response["StatusCode"]),
            responseTemplates=response["ResponseTemplates"],
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        )
    client.create_deployment(restApiId=api, stageName=_STAGE)


def method_throttles(settings: Settings, deployment: Deployment) -> None:
    """Give the usage plans their limits per method.

    AWS applies what CloudFormation says. MiniStack stores it under the names of CloudFormation and then looks for
    those of the API. Its UpdateUsagePlan takes a whole list where AWS takes a path to one number, so this is no
    call for boto3.
    """
    for plan, throttles in template.method_throttles().items():
        limits = {
            method: {"rateLimit": throttle["RateLimit"], "burstLimit": throttle["BurstLimit"]}
            for method, throttle in throttles.items()
        }
        stage = {"apiId": deployment.outputs["RestApiId"], "stage": _STAGE, "throttle": limits}
        httpx.patch(
            f"{settings.aws_endpoint}/usageplans/{deployment.resources[plan]}",
            json={"patchOperations": [{"op": "replace", "path": "/apiStages", "value": [stage]}]},
            trust_env=False,
        ).raise_for_status()


def times_to_live(settings: Settings, deployment: Deployment) -> None:
    """Let the tables forget what is over.

    AWS applies the template's TimeToLiveSpecification, and deletes within days; MiniStack ignores it.
    """
    client = session().client("dynamodb", endpoint_url=settings.aws_endpoint)
    for table, attribute in template.times_to_live().items():
        client.update_time_to_live(
            TableName=deployment.resources[table],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def parallel_conversations(settings: Settings, deployment: Deployment) -> None:
    """Answer several conversations at once.

    AWS runs as many workers as a FIFO queue has groups with messages. MiniStack hands out one batch per event
    source mapping, but keeps a group's messages in order whoever asks; so more mappings do what AWS does with one.
    """
    client = session().client("lambda", endpoint_url=settings.aws_endpoint)
    function = deployment.outputs["RunTurnFunctionName"]
    first, *others = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    for _ in range(_PARALLEL - 1 - len(others)):
        client.create_event_source_mapping(
            EventSourceArn=first["EventSourceArn"],
            FunctionName=first["FunctionArn"],
            BatchSize=first["BatchSize"],
            FunctionResponseTypes=first["FunctionResponseTypes"],
        )
