"""``sam deploy`` of the unchanged template onto the local AWS."""

from pathlib import Path

from botocore.exceptions import ClientError

from local.aws import Deployment, deployment, session
from local.commands import local_environment, run
from local.errors import LocalStackError
from local.settings import ALLOWED_ORIGINS, ROOT, STACK_NAME, Settings, architecture, tool

_BUCKET = "deployment-artifacts"

# A stack that never came to be cannot be updated, on AWS neither.
_STILLBORN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}


def parameters(settings: Settings) -> dict[str, str]:
    """Return the template's parameters for a stack on this machine."""
    return {
        "Arch": architecture(),
        "DeletionProtection": "false",
        "ExecuteApiUrl": f"{settings.aws_endpoint}/_aws/execute-api",
        # Tokens name the issuer they would name on AWS; the front door publishes its keys here. It has no user
        # pool's id in it, so it is known before the pool is.
        "OidcJwksUrl": f"{settings.front_door_url}/.well-known/jwks.json",
        "AnonymousConnectLimit": str(settings.anonymous_connects),
        "AllowedOrigins": ",".join(ALLOWED_ORIGINS),
        "WebSocketUrl": f"{settings.base_url.replace('http', 'ws', 1)}/ws",
    }


def deploy(settings: Settings, built: Path) -> Deployment:
    """Deploy what was built and return what is there now.

    Raises
    ------
    LocalStackError
        If the deployment fails.
    """
    _forget_stillborn(settings)
    storage = session().client("s3", endpoint_url=settings.aws_endpoint)
    storage.create_bucket(Bucket=_BUCKET)
    options = {
        "--config-file": ROOT / "samconfig.toml",
        "--config-env": "local",
        "--template-file": built / "template.yaml",
        "--s3-bucket": _BUCKET,
    }
    overrides = [f"{name}={value}" for name, value in parameters(settings).items()]
    log = settings.logs / "deploy.log"
    environment = local_environment() | {
        "AWS_ENDPOINT_URL": settings.aws_endpoint,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
    }
    run(
        [tool(".venvs/sam", "sam"), "deploy"]
        + [str(part) for option in options.items() for part in option]
        + ["--parameter-overrides", *overrides],
        log=log,
        environment=environment,
        failure="The stack could not be deployed.",
    )
    # The functions have their code; what was sent would be kept in memory and on disk a second time.
    for item in storage.list_objects_v2(Bucket=_BUCKET).get("Contents", []):
        storage.delete_object(Bucket=_BUCKET, Key=item["Key"])
    deployed = deployment(settings)
    if deployed is None:
        raise LocalStackError(f"The stack was deployed and is not there. {settings.shown(log)} has the story.")
    return deployed


def _forget_stillborn(settings: Settings) -> None:
    client = session().client("cloudformation", endpoint_url=settings.aws_endpoint)
    try:
        status = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except ClientError:
        return
    if status in _STILLBORN:
        client.delete_stack(StackName=STACK_NAME)
        client.get_waiter("stack_delete_complete").wait(StackName=STACK_NAME, WaiterConfig={"Delay": 1})
