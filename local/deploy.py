"""Deploys the unchanged template to the emulator with ``sam deploy``."""

from pathlib import Path

from botocore.exceptions import ClientError

from local.aws import Deployment, create_session, get_deployment
from local.commands import build_local_environment, run
from local.errors import LocalStackError
from local.settings import (
    MAIL_FROM,
    ROOT,
    SMS_FROM,
    STACK_NAME,
    VISITOR_BOTS,
    Settings,
    get_architecture,
    get_tool_path,
)

_BUCKET = "deployment-artifacts"

# A stack whose creation failed cannot be updated, as on AWS.
_CREATION_FAILED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}


def build_parameters(settings: Settings) -> dict[str, str]:
    """Build the template parameters of a local stack."""
    return {
        "Arch": get_architecture(),
        "DeletionProtection": "false",
        "ExecuteApiUrl": f"{settings.aws_endpoint}/_aws/execute-api",
        # Tokens have the same issuer as on AWS, but the front door serves its keys at this URL. The URL does not
        # contain the id of the user pool, so it is known before the pool exists.
        "OidcJwksUrl": f"{settings.front_door_url}/.well-known/jwks.json",
        "AnonymousConnectLimit": str(settings.anonymous_connects),
        # Visitors also connect from the page that the front door serves.
        "AllowedOrigins": ",".join((*settings.allowed_origins, settings.base_url, settings.front_door_url)),
        "MailFrom": MAIL_FROM,
        "SmsFrom": SMS_FROM,
        "RestUrl": f"{settings.base_url}/api",
        # The emulator serves no browsers; the front door does.
        "UploadUrl": f"{settings.base_url}/uploads",
        "VisitorBots": ",".join(VISITOR_BOTS),
        # The front door serves the website.
        "Website": "false",
        "WebSocketUrl": f"{settings.base_url.replace('http', 'ws', 1)}/ws",
    }


def deploy(settings: Settings, built: Path) -> Deployment:
    """Deploy a build and return the deployment.

    Raises
    ------
    LocalStackError
        If the deployment fails.
    """
    _delete_failed_stack(settings)
    s3 = create_session().client("s3", endpoint_url=settings.aws_endpoint)
    s3.create_bucket(Bucket=_BUCKET)
    options = {
        "--config-file": ROOT / "samconfig.toml",
        "--config-env": "local",
        "--template-file": built / "template.yaml",
        "--s3-bucket": _BUCKET,
    }
    overrides = [f"{name}={value}" for name, value in build_parameters(settings).items()]
    log = settings.logs / "deploy.log"
    environment = build_local_environment() | {
        "AWS_ENDPOINT_URL": settings.aws_endpoint,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
    }
    run(
        [get_tool_path(".venvs/sam", "sam"), "deploy"]
        + [str(part) for option in options.items() for part in option]
        + ["--parameter-overrides", *overrides],
        log=log,
        environment=environment,
        failure="The deployment failed.",
    )
    # Delete the uploaded artifacts: the functions have their code, and the emulator would store it twice.
    for item in s3.list_objects_v2(Bucket=_BUCKET).get("Contents", []):
        s3.delete_object(Bucket=_BUCKET, Key=item["Key"])
    deployment = get_deployment(settings)
    if deployment is None:
        raise LocalStackError(f"Stack not found after deployment; see {settings.display_path(log)}.")
    return deployment


def _delete_failed_stack(settings: Settings) -> None:
    client = create_session().client("cloudformation", endpoint_url=settings.aws_endpoint)
    try:
        status = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except ClientError:
        return
    if status in _CREATION_FAILED:
        client.delete_stack(StackName=STACK_NAME)
        client.get_waiter("stack_delete_complete").wait(StackName=STACK_NAME, WaiterConfig={"Delay": 1})
