"""Trims botocore's descriptions of AWS services in a built layer to what creating clients and calling them reads.

botocore reads them whenever a process creates its first client. The largest of them is the list of the endpoints of
all services, 1.3 MB of JSON, which takes half of the time of creating a client.
"""

import gzip
import json
import shutil
from collections.abc import Collection
from pathlib import Path

_COMPLETE = frozenset({"clientContextParams"})
"""Parts of a description whose documentation botocore reads: without it, S3's client cannot be created."""


def trim(python: Path, services: Collection[str]) -> None:
    """Trim the data of boto3 and botocore in a layer to some services.

    What is left is the operations and shapes of the services without their documentation, uncompressed, and the
    endpoints of the services in all Regions.

    Parameters
    ----------
    python
        The folder of the layer's packages.
    services
        Names of the services, as clients are created with.
    """
    for package in ("boto3", "botocore"):
        for folder in (python / package / "data").glob("*/"):
            if folder.name not in services:
                shutil.rmtree(folder)
    data = python / "botocore/data"
    prefixes = {_trim_service(file) for file in data.rglob("service-2.json.gz")}
    _trim_endpoints(data / "endpoints.json", prefixes)


def _trim_service(file: Path) -> str:
    """Replace the description of a service by one without documentation, and return its name in the endpoints."""
    service = json.loads(gzip.decompress(file.read_bytes()))
    file.unlink()
    trimmed = {name: part if name in _COMPLETE else _remove_documentation(part) for name, part in service.items()}
    _write(file.with_suffix(""), trimmed)
    return str(service["metadata"]["endpointPrefix"])


def _remove_documentation(part: object) -> object:
    if isinstance(part, dict):
        # A member of a shape may have the name, but is no text.
        kept = {name: each for name, each in part.items() if name != "documentation" or not isinstance(each, str)}
        return {name: _remove_documentation(each) for name, each in kept.items()}
    return [_remove_documentation(each) for each in part] if isinstance(part, list) else part


def _trim_endpoints(file: Path, prefixes: Collection[str]) -> None:
    endpoints = json.loads(file.read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in prefixes}
    _write(file, endpoints)


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
