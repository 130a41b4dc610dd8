"""``conversations bots`` with a local stack that does not answer."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from local.processes import find_free_ports
from tests.template import ROOT
from tools.__main__ import main
from tools.bots.target import resolve_target


@pytest.mark.parametrize("command", [["list"], ["secret", "shop"], ["publish", ROOT / "bots/default.gbai"]])
def test_stack_that_does_not_answer_is_reported(
    command: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (port,) = find_free_ports(1)
    stack = {
        "outputs": {"BotsTableName": "bots", "BotsBucketName": "bots"},
        "region": "us-east-1",
        "aws_endpoint": f"http://127.0.0.1:{port}",
    }
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    monkeypatch.setenv("STACK_JSON", str(tmp_path / "stack.json"))

    assert main(["bots", *map(str, command)]) == 1

    assert capsys.readouterr().err == "The local stack does not answer. Start it with `make up`.\n"


def test_stack_on_aws_needs_the_credentials_of_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = {"outputs": {"BotsTableName": "b", "BotsBucketName": "b"}, "region": "eu-west-1", "aws_endpoint": None}
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    monkeypatch.setenv("STACK_JSON", str(tmp_path / "stack.json"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-the-shell")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    options = Namespace(required_options=["table"], table=None, bucket=None, endpoint_url=None)

    target = resolve_target(options)

    credentials = target.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "from-the-shell"
    assert target.endpoint_url is None
