"""The command that publishes bots, on a table as the template has it."""

from pathlib import Path

import pytest

from conversations.adapters.dynamodb.bots import DynamoDBBots
from conversations.domain.errors import NotFoundError
from tests.aws import Aws
from tests.template import ROOT
from tools.bots import main, read_package

SHIPPED = sorted((ROOT / "bots").glob("*.gbai"))


def test_the_shipped_bots_are_published_as_they_are_written(deployed: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "--table", "BotsTable", *map(str, SHIPPED)]) == 0

    for package in SHIPPED:
        bot = read_package(package)
        assert DynamoDBBots(deployed.dynamodb, "BotsTable").get(bot.id) == bot
        assert bot.id in capsys.readouterr().out


def test_one_bad_package_keeps_all_of_them_back(
    deployed: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.gbai"
    bad.mkdir()

    assert main(["publish", "--table", "BotsTable", str(SHIPPED[0]), str(bad)]) == 1

    assert "rules.toml" in capsys.readouterr().err
    with pytest.raises(NotFoundError):
        DynamoDBBots(deployed.dynamodb, "BotsTable").get("default")
