"""Removing unused files from a built layer and compiling bytecode."""

import re
import shutil
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from local.build import SERVICES, compile_bytecode, remove_unused_files
from local.settings import ROOT


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name in (
        "CoreLayer/python/boto3/data/ec2/2016-11-15/resources-1.json",
        "CoreLayer/python/conversations/__init__.py",
        "CoreLayer/python/bin/tool",
        "SendMessageFunction/send_message/app.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    installed = Path(botocore.__file__).parent / "data"
    copied = tmp_path / "CoreLayer/python/botocore/data"
    for service in (*SERVICES, "ec2"):
        shutil.copytree(installed / service, copied / service)
    for file in installed.glob("*.json"):
        shutil.copy(file, copied)
    return tmp_path


def load_trimmed(build: Path) -> Loader:
    return Loader([str(build / "CoreLayer/python/botocore/data")], include_default_search_paths=False)


def flatten(part: object, path: str = "") -> dict[str, object]:
    items = enumerate(part) if isinstance(part, list) else part.items() if isinstance(part, dict) else None
    if items is None:
        return {path: part}
    return {path: type(part)} | {
        key: each for name, value in items for key, each in flatten(value, f"{path}/{name}").items()
    }


def test_unused_service_descriptions_are_removed(build: Path) -> None:
    remove_unused_files(build)

    data = build / "CoreLayer/python/botocore/data"
    assert {path.name for path in data.glob("*/")} == SERVICES
    assert not list((build / "CoreLayer/python/boto3/data").iterdir())


def test_trimmed_services_lose_documentation_only(build: Path) -> None:
    remove_unused_files(build)

    installed, trimmed = Loader(), load_trimmed(build)
    for service in SERVICES:
        before, after = (flatten(loader.load_service_model(service, "service-2")) for loader in (installed, trimmed))
        assert after.items() <= before.items()
        assert {path.rpartition("/")[2] for path in before.keys() - after.keys()} == {"documentation"}
        assert len(after) < len(before)


def test_trimmed_services_have_same_endpoints_in_all_regions(build: Path) -> None:
    remove_unused_files(build)

    before, after = (EndpointResolver(loader.load_data("endpoints")) for loader in (Loader(), load_trimmed(build)))
    names = {
        load_trimmed(build).load_service_model(each, "service-2")["metadata"]["endpointPrefix"] for each in SERVICES
    }
    assert after.get_available_partitions() == before.get_available_partitions()
    for name in names:
        for region in ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"):
            assert after.construct_endpoint(name, region) == before.construct_endpoint(name, region) is not None
        assert after.get_available_endpoints(name) == before.get_available_endpoints(name)


def test_packages_that_functions_import_are_not_removed(build: Path) -> None:
    remove_unused_files(build)

    assert (build / "CoreLayer/python/conversations/__init__.py").exists()
    assert not (build / "CoreLayer/python/bin").exists()


def test_bytecode_is_unchecked_and_contains_no_local_path(build: Path) -> None:
    source = build / "SendMessageFunction/send_message/app.py"
    source.write_text("def handler(): ...\n")

    compile_bytecode(build)

    (compiled,) = source.parent.glob("__pycache__/app.*.pyc")
    content = compiled.read_bytes()
    assert content[4:8] == b"\x01\0\0\0"  # by hash and unchecked: PEP 552
    assert str(build).encode() not in content


def test_service_list_matches_the_clients_in_bootstrap() -> None:
    modules = (ROOT / "layers/core/conversations/bootstrap").glob("*.py")
    clients = [re.findall(r'boto3\.client\("([\w-]+)"', module.read_text(encoding="utf-8")) for module in modules]

    assert {service for services in clients for service in services} == SERVICES
