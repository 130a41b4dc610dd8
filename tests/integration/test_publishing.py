"""The commands that publish, list and give secrets to bots, on a table and a bucket as the template has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from basic.bundle import Bundle, load_bundle
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.errors import NotFoundError
from conversations.domain.secrets import hash_secret
from tests.aws import REGION, Aws
from tests.bots import SHIPPED
from tests.builders import a_rule_bot
from tools.__main__ import main
from tools.bots.packages import read_package

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Captured = pytest.CaptureFixture[str]

BUCKET = "published-bots"
PLACE = ("--table", "BotsTable", "--bucket", BUCKET)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of versions."""

    s3: "S3Client"

    def stored(self) -> list[str]:
        return sorted(item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def bundle(self, key: str) -> Bundle:
        stored = self.s3.get_object(Bucket=BUCKET, Key=key)
        assert stored["ContentType"] == "application/json"
        return load_bundle(stored["Body"].read().decode())


@pytest.fixture
def bucket(deployed: Aws) -> Iterator[Bucket]:
    """An empty one."""
    del deployed
    made = Bucket(boto3.client("s3", region_name=REGION))
    made.s3.create_bucket(Bucket=BUCKET)
    yield made
    for key in made.stored():
        made.s3.delete_object(Bucket=BUCKET, Key=key)
    made.s3.delete_bucket(Bucket=BUCKET)


def bots(*arguments: str | Path) -> int:
    return main(["bots", *map(str, arguments)])


def published(deployed: Aws, bot_id: str) -> Any:  # noqa: ANN401 - an item
    return deployed.dynamodb.get_item(TableName="BotsTable", Key={"id": {"S": bot_id}})["Item"]


def a_dialog(folder: Path, script: str, *, bot_id: str = "shop") -> Path:
    package = folder / f"{bot_id}.gbai"
    (package / f"{bot_id}.gbdialog").mkdir(parents=True, exist_ok=True)
    (package / f"{bot_id}.gbdialog/start.bas").write_text(script)
    return package


def test_the_shipped_bots_are_published_as_they_are_written(deployed: Aws, bucket: Bucket, capsys: Captured) -> None:
    assert bots("publish", *PLACE, *SHIPPED) == 0

    told = capsys.readouterr().out
    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    keys: list[str] = []
    for folder in SHIPPED:
        package = read_package(folder).package
        assert package is not None
        assert catalogue.get(package.bot.id) == package.bot
        if package.bundle is None:
            assert f"published: {package.bot.id}\n" in told
            continue
        assert f"published: {package.bot.id} {package.bundle.program.id}\n" in told
        keys.append(str(package.bot.program["key"]))
        assert bucket.bundle(keys[-1]) == package.bundle
    assert bucket.stored() == sorted(keys)
    assert [bot.id for bot in catalogue.list_bots()] == [folder.name.removesuffix(".gbai") for folder in SHIPPED]


def test_one_bad_package_keeps_all_of_them_back(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    bad = a_dialog(tmp_path, "TALK (")

    assert bots("publish", *PLACE, SHIPPED[0], bad) == 1

    assert "start.bas:1:" in capsys.readouterr().err
    assert bucket.stored() == []
    assert deployed.list_items("BotsTable") == []


def test_a_row_is_not_changed_when_its_version_cannot_be_stored(
    deployed: Aws, tmp_path: Path, capsys: Captured
) -> None:
    place = ["--table", "BotsTable", "--bucket", "nowhere"]

    assert bots("publish", *place, SHIPPED[-1], a_dialog(tmp_path, "TALK 1")) == 1

    told = capsys.readouterr().err
    assert told.startswith("AWS does not do it: ")
    assert "NoSuchBucket" in told
    assert told.count("\n") == 1
    assert deployed.list_items("BotsTable") == []


def test_older_versions_are_kept_and_the_list_shows_which_is_which(
    bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    for script in ("TALK 1", "TALK 2", "TALK 2", "TALK 1"):
        assert bots("publish", *PLACE, a_dialog(tmp_path, script), next(iter(SHIPPED))) == 0
    published = [line.split()[2] for line in capsys.readouterr().out.splitlines() if "shop" in line]

    assert bots("list", *PLACE) == 0

    assert published[1] == published[2] != published[0] == published[3]
    assert [key for key in bucket.stored() if key.startswith("shop/")] == sorted(
        f"shop/{version}.json" for version in set(published)
    )
    lines = capsys.readouterr().out.splitlines()
    shop = lines[lines.index("shop: shop (basic)") + 1 :]
    assert sorted(line.strip("* ").split()[0] for line in shop) == sorted(set(published))
    assert [line.split()[1] for line in shop if line.startswith("  * ")] == [published[3]]
    assert any(line.endswith("(basic)") and not line.startswith("shop") for line in lines)


def test_a_bot_gets_a_secret_that_is_shown_once_and_kept_as_a_hash(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    package = a_dialog(tmp_path, "TALK 1")
    bots("publish", *PLACE, package)
    capsys.readouterr()

    given = []
    for _ in range(2):
        assert bots("secret", "shop", "--table", "BotsTable") == 0
        given.append(capsys.readouterr().out.strip())
    before = published(deployed, "shop")
    a_dialog(tmp_path, "TALK 2")
    bots("publish", *PLACE, package)
    after = published(deployed, "shop")

    assert len(bucket.stored()) == 2
    assert len(set(given)) == 2
    assert all(len(secret) >= 43 for secret in given)
    assert before["webhook_secret_hash"] == after["webhook_secret_hash"] == {"S": hash_secret(given[1])}
    assert before["program"] != after["program"]
    assert given[1] not in str(after)
    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop").program != {}


def test_a_secret_is_for_a_bot_that_is_there(deployed: Aws, capsys: Captured) -> None:
    assert bots("secret", "ghost", "--table", "BotsTable") == 1

    assert capsys.readouterr() == ("", "The bot does not exist.\n")
    assert deployed.list_items("BotsTable") == []
    with pytest.raises(NotFoundError):
        DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").set_webhook_secret("ghost", "hash")


def test_publishing_replaces_all_that_was_published(deployed: Aws) -> None:
    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    catalogue.publish(a_rule_bot("shop", "Old").model_copy(update={"description": "Old", "access": ("staff",)}))
    catalogue.set_webhook_secret("shop", "hash")

    new = a_rule_bot("shop", "New")
    catalogue.publish(new)

    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop") == new
    assert published(deployed, "shop").keys() == {
        "id", "name", "description", "access", "engine", "program", "webhook_secret_hash",
    }  # fmt: skip
