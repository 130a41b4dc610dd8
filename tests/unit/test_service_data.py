"""The trimmed descriptions of AWS services in the built layer: clients are as they are with the complete ones."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest

from local import service_data
from local.build import SERVICES

REGIONS = ("us-east-1", "cn-north-1")
CALL_ALL = f"""
import json
import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

PARAMETERS = {{"Bucket": "a-bucket", "Key": "k", "QueueUrl": "https://sqs.amazonaws.com/1/q", "ConnectionId": "c"}}


class NoBody:
    def stream(self, **_):
        yield b""


def call_all(client):
    "Call each operation, and return where the request goes, or why there is none."
    sent = []

    def answer(request, **_):
        sent.append(f"{{request.method}} {{request.url.split('?')[0]}}")
        return AWSResponse(request.url, 200, {{}}, NoBody())

    client.meta.events.register("before-send", answer)
    results = {{}}
    for name in client.meta.service_model.operation_names:
        shape = client.meta.service_model.operation_model(name).input_shape
        members = shape.members if shape else ()
        try:
            client._make_api_call(name, {{key: value for key, value in PARAMETERS.items() if key in members}})
            results[name] = "answered"
        except Exception as error:
            results[name] = type(error).__name__
    return [results, sent]


keys = {{"aws_access_key_id": "x", "aws_secret_access_key": "x"}}
config = Config(parameter_validation=False, retries={{"total_max_attempts": 1}})
clients = {{
    f"{{service}} in {{region}}": call_all(boto3.client(service, region_name=region, config=config, **keys))
    for service in {sorted(SERVICES)!r}
    for region in {REGIONS!r}
}}
print(json.dumps(clients))
"""


def call_operations(folder: Path) -> dict[str, Any]:
    """Call each operation of each service in a process that has the packages of a folder before the others."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)}
    process = subprocess.run(
        [sys.executable, "-c", CALL_ALL], capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 0, process.stderr[-2_000:]
    results: dict[str, Any] = json.loads(process.stdout)
    return results


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy boto3 and botocore with the data of the services that are used, and trim it."""
    folder = tmp_path_factory.mktemp("layer")
    for package in (boto3, botocore):
        source = Path(package.__path__[0])
        unused = {each.name for each in (source / "data").glob("*/")} - SERVICES
        shutil.copytree(source, folder / source.name, ignore=lambda _, names, unused=unused: unused.intersection(names))
    service_data.trim(folder, SERVICES)
    return folder


def test_every_operation_sends_the_same_request(trimmed: Path, tmp_path: Path) -> None:
    complete = call_operations(tmp_path)

    assert call_operations(trimmed) == complete
    assert any("https://a-bucket.s3.amazonaws.com/k" in sent for _, requests in complete.values() for sent in requests)


def test_data_is_a_fraction(trimmed: Path) -> None:
    endpoints = trimmed / "botocore/data/endpoints.json"

    assert endpoints.stat().st_size < 100_000
