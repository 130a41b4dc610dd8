"""The clients of AWS services, one of each per process.

They are created by botocore. boto3 would load its resources, its documentation and the transfer manager of S3 too,
which no function uses: a sixth of the processor time of a cold start.
"""

from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session, get_session

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.bootstrap.once import once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@once
def _session() -> Session:
    return get_session()


def create_client(service: str, config: Config, *, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 - any client
    """Return a new client of a service.

    Parameters
    ----------
    service
        Its name in botocore.
    config
        Timeouts and retries.
    endpoint_url
        Its address; None for the one of the Region.
    """
    return _session().create_client(service, config=config, endpoint_url=endpoint_url)


@once
def dynamodb() -> "DynamoDBClient":
    """Return the client of DynamoDB."""
    client: DynamoDBClient = create_client("dynamodb", CLIENT_CONFIG)
    return client


@once
def sqs() -> "SQSClient":
    """Return the client of SQS."""
    client: SQSClient = create_client("sqs", CLIENT_CONFIG)
    return client


@once
def s3() -> "S3Client":
    """Return the client of S3. Signed addresses need the signature and the form of the address of all regions."""
    config = Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"})
    client: S3Client = create_client("s3", CLIENT_CONFIG.merge(config))
    return client
