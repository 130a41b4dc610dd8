"""Uploads the website and publishes the bots."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import boto3

from local.cloud.environments import Environment
from local.errors import LocalStackError
from local.settings import ROOT
from local.website import CONFIG_PATH, list_files
from local.website_headers import get_headers

_ENTRY_PATHS = ("/", "/index.html", CONFIG_PATH)
"""The files that are not named by their content, beside the loader of the widget, which expires soon."""


def publish_bots(environment: Environment, outputs: dict[str, str]) -> None:
    """Publish the bots in ``bots/``.

    Raises
    ------
    LocalStackError
        If it fails.
    """
    bots = [str(bot) for bot in sorted((ROOT / "bots").glob("*.gbai"))]
    target = ["--table", outputs["BotsTableName"], "--bucket", outputs["BotsBucketName"]]
    target += ["--schedules", outputs["Schedules"]]
    command = [sys.executable, "-m", "tools.bots", "publish", *target, *bots]
    variables = os.environ | {"AWS_DEFAULT_REGION": environment.region}
    if subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode:  # noqa: S603 - a fixed command
        raise LocalStackError("Publishing the bots failed; see above.")


def build_page_config(environment: Environment, outputs: dict[str, str]) -> dict[str, Any]:
    """Build ``config.json``, the configuration of the page."""
    config: dict[str, Any] = {"api_url": "/api", "ws_path": "/ws"}
    if pool := outputs.get("UserPoolId"):
        issuer: str | None = f"https://cognito-idp.{environment.region}.amazonaws.com/{pool}"
        config["sign_in"] = {"issuer": issuer, "client_id": outputs["UserPoolClientId"], "scope": "openid"}
    elif issuer := environment.parameters.get("OidcIssuer"):
        config["sign_in"] = {"issuer": issuer, "client_id": environment.parameters["OidcAudience"]}
    return config


def publish_website(environment: Environment, outputs: dict[str, str]) -> int:
    """Upload the website and its configuration. Return the number of files.

    ``index.html`` is uploaded last, after the files that it names. Files of earlier versions stay for open pages.
    """
    client = boto3.client("s3", region_name=environment.region)
    files = sorted(list_files(), key=lambda file: file.path in _ENTRY_PATHS)
    config = json.dumps(build_page_config(environment, outputs)).encode()
    contents = [(CONFIG_PATH, "application/json", config)]
    contents += [(file.path, file.content_type, file.source.read_bytes()) for file in files]
    for path, content_type, body in contents:
        client.put_object(
            Bucket=outputs["WebsiteBucketName"],
            Key=path.removeprefix("/"),
            Body=body,
            ContentType=content_type,
            CacheControl=get_headers(path)["Cache-Control"],
        )
    boto3.client("cloudfront").create_invalidation(
        DistributionId=outputs["DistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": len(_ENTRY_PATHS), "Items": list(_ENTRY_PATHS)},
            "CallerReference": str(time.time_ns()),
        },
    )
    return len(contents)
