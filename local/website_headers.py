"""The headers of the website's files: those that CloudFront adds on AWS, read from ``template.yaml``."""

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from local.template import read_resources

_OTHER_ORIGINS = re.compile(r" (\$\{SignIn\}|https://\$\{DriveBucket\}[^ ;]*)")
_HTTPS_ONLY = "Strict-Transport-Security"


def get_headers(path: str) -> dict[str, str]:
    """Return the headers of a file of the website by its path, which begins with a slash."""
    for pattern, headers in _read_rules():
        if fnmatchcase(path, pattern):
            return dict(headers)
    raise AssertionError(path)


def get_local_headers(path: str) -> dict[str, str]:
    """Return the headers of a file without those that are for HTTPS."""
    return {name: value for name, value in get_headers(path).items() if name != _HTTPS_ONLY}


@cache
def _read_rules() -> list[tuple[str, dict[str, str]]]:
    """Read the headers by the pattern of the path, the first match first."""
    resources = read_resources()
    distribution = resources["Distribution"]["Properties"]["DistributionConfig"]
    behaviors = [*distribution["CacheBehaviors"], distribution["DefaultCacheBehavior"] | {"PathPattern": "*"}]
    return [
        (behavior["PathPattern"], _read_policy(resources[behavior["ResponseHeadersPolicyId"]]["Properties"]))
        for behavior in behaviors
        if behavior["TargetOriginId"] == "website"
    ]


def _read_policy(properties: dict[str, Any]) -> dict[str, str]:
    config = properties["ResponseHeadersPolicyConfig"]
    headers = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    if cors := config.get("CorsConfig"):
        headers["Access-Control-Allow-Origin"] = ", ".join(cors["AccessControlAllowOrigins"]["Items"])
    for name, setting in config["SecurityHeadersConfig"].items():
        header, value = _read_security_header(name, setting)
        headers[header] = value
    return headers


def _read_security_header(name: str, setting: dict[str, Any]) -> tuple[str, str]:
    match name:
        case "ContentSecurityPolicy":
            return "Content-Security-Policy", _resolve(setting["ContentSecurityPolicy"])
        case "ContentTypeOptions":
            return "X-Content-Type-Options", "nosniff"
        case "FrameOptions":
            return "X-Frame-Options", setting["FrameOption"]
        case "ReferrerPolicy":
            return "Referrer-Policy", setting["ReferrerPolicy"]
        case "StrictTransportSecurity":
            return _HTTPS_ONLY, f"max-age={setting['AccessControlMaxAgeSec']}"
        case _:
            raise NotImplementedError(name)


def _resolve(value: str | list[Any]) -> str:
    """Return the policy of a website whose sign-in pages and files have its own origin, as on the local stack."""
    return value if isinstance(value, str) else _OTHER_ORIGINS.sub("", value[0])
