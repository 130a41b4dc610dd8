"""Removing unused files from a built layer and compiling bytecode."""

import re
from pathlib import Path

import pytest

from local.build import SERVICES, compile_bytecode, remove_unused_files
from local.settings import ROOT


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name in (
        "CoreLayer/python/botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "CoreLayer/python/botocore/data/ec2/2016-11-15/service-2.json.gz",
        "CoreLayer/python/botocore/data/endpoints.json",
        "CoreLayer/python/boto3/data/ec2/2016-11-15/resources-1.json",
        "CoreLayer/python/conversations/__init__.py",
        "CoreLayer/python/bin/tool",
        "SendMessageFunction/send_message/app.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def test_unused_service_descriptions_are_removed(build: Path) -> None:
    remove_unused_files(build)

    data = build / "CoreLayer/python/botocore/data"
    assert {path.name for path in data.iterdir()} == {"dynamodb", "endpoints.json"}
    assert not list((build / "CoreLayer/python/boto3/data").iterdir())
    assert "dynamodb" in SERVICES


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
