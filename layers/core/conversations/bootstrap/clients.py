"""The clients of AWS services, one of each per process."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.bootstrap.once import once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def create_client(service: str, config: Config, *, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 - any client
    """Return a new client of a service.

    Parameters
    ----------
    service
        Its name in boto3.
    config
        Timeouts and retries.
    endpoint_url
        Its address; None for the one of the Region.
    """
    create: Any = boto3.client
    return create(service, config=config, endpoint_url=endpoint_url)


@once
def dynamodb() -> "DynamoDBClient":
    """Return the client of DynamoDB."""
    return boto3.client("dynamodb", config=CLIENT_CONFIG)


@once
def sqs() -> "SQSClient":
    """Return the client of SQS."""
    return boto3.client("sqs", config=CLIENT_CONFIG)


@once
def s3() -> "S3Client":
    """Return the client of S3. Signed addresses need the signature and the form of the address of all regions."""
    config = Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"})
    return boto3.client("s3", config=CLIENT_CONFIG.merge(config))
