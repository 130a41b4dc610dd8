"""Single objects of buckets, which may not exist."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Without the permission to list a bucket, S3 answers a missing key with AccessDenied, and a HEAD with the status alone.
_MISSING = frozenset({"NoSuchKey", "AccessDenied", "403", "404"})
_CHANGED = frozenset({"PreconditionFailed", "412"})


def request_object[Answer](request: Callable[[], Answer]) -> Answer | None:
    """Return the answer to a request; None if its object does not exist, or is not the one that it names.

    Raises
    ------
    UnavailableError
        If S3 does not answer.
    """
    try:
        with service_errors():
            return request()
    except ClientError as error:
        if get_error_code(error) in _MISSING | _CHANGED:
            return None
        raise


def read_object(client: "S3Client", bucket: str, key: str) -> bytes | None:
    """Return the content of an object; None if there is none."""

    def read() -> bytes:
        response = client.get_object(Bucket=bucket, Key=key)
        return response["Body"].read()

    return request_object(read)


def has_object(client: "S3Client", bucket: str, key: str) -> bool:
    """Return whether an object exists."""
    return request_object(lambda: client.head_object(Bucket=bucket, Key=key)) is not None


def delete_object(client: "S3Client", bucket: str, key: str) -> None:
    """Delete an object, if it exists."""
    with service_errors():
        client.delete_object(Bucket=bucket, Key=key)
