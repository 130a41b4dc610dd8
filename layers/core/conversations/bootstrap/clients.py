"""The clients of AWS services, one of each per process."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.bootstrap.once import once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


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
