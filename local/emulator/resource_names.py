"""Names the resource of a request as IAM does, where MiniStack names another one."""

from collections.abc import Callable
from typing import Any, NamedTuple

type ExtractResource = Callable[..., str]


class AwsRequest(NamedTuple):
    """What identifies the resource of a request."""

    service: str
    method: str
    path: str
    body: bytes
    region: str
    account_id: str


def name_resources(extract: ExtractResource, *finders: Callable[[AwsRequest], str | None]) -> ExtractResource:
    """Return the ARN that one of the finders knows, or else that of MiniStack.

    Parameters
    ----------
    extract
        MiniStack's function.
    finders
        Each returns the ARN of the resource of a request that it knows, None for any other.
    """

    def extract_resource_arn(  # noqa: PLR0913, PLR0917 - of a private function
        service: str,
        method: str,
        path: str,
        headers: object,
        body: bytes,
        query_params: object,
        region: str,
        account_id: str,
        **options: Any,  # noqa: ANN401 - likewise
    ) -> str:
        request = AwsRequest(service, method, path, body, region, account_id)
        found = next((arn for find in finders if (arn := find(request)) is not None), None)
        if found is not None:
            return found
        return extract(service, method, path, headers, body, query_params, region, account_id, **options)

    return extract_resource_arn
