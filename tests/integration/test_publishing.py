"""The commands that publish and list bots and replace webhook secrets, with moto."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.scheduler.models import scheduler_backends

from basic.bundle import Bundle, load_bundle
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.domain.errors import NotFoundError
from conversations.domain.secrets import hash_secret
from tests.aws import ACCOUNT, REGION, Aws
from tests.bots import SHIPPED
from tests.builders import a_rule_bot
from tools.__main__ import main
from tools.bots.packages import read_package

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Captured = pytest.CaptureFixture[str]

BUCKET = "published-bots"
TARGET = ("--table", "BotsTable", "--bucket", BUCKET)
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:automations.fifo"
SCHEDULES = f"group,{QUEUE},arn:aws:iam::{ACCOUNT}:role/scheduler,arn:aws:sqs:{REGION}:{ACCOUNT}:letters"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of dialog versions."""

    s3: "S3Client"

    def list_all_keys(self) -> list[str]:
        return sorted(item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def list_keys(self) -> list[str]:
        """Return the keys of versions, without the log and the indexes of knowledge bases."""
        return [key for key in self.list_all_keys() if not key.startswith((".publications/", ".knowledge/"))]

    def load_bundle(self, key: str) -> Bundle:
        response = self.s3.get_object(Bucket=BUCKET, Key=key)
        assert response["ContentType"] == "application/json"
        return load_bundle(response["Body"].read().decode())


@pytest.fixture
def bucket(deployed: Aws) -> Iterator[Bucket]:
    """An empty bucket."""
    del deployed
    bucket = Bucket(boto3.client("s3", region_name=REGION))
    bucket.s3.create_bucket(Bucket=BUCKET)
    yield bucket
    for key in bucket.list_all_keys():
        bucket.s3.delete_object(Bucket=BUCKET, Key=key)
    bucket.s3.delete_bucket(Bucket=BUCKET)


def run_bots(*arguments: str | Path) -> int:
    return main(["bots", *map(str, arguments)])


def read_item(deployed: Aws, bot_id: str) -> Any:  # noqa: ANN401 - an item
    return deployed.dynamodb.get_item(TableName="BotsTable", Key={"id": {"S": bot_id}})["Item"]


def create_package(folder: Path, script: str, *, bot_id: str = "shop") -> Path:
    package = folder / f"{bot_id}.gbai"
    (package / f"{bot_id}.gbdialog").mkdir(parents=True, exist_ok=True)
    (package / f"{bot_id}.gbdialog/start.bas").write_text(script)
    return package


def test_shipped_bots_are_published_unchanged(deployed: Aws, bucket: Bucket, capsys: Captured) -> None:
    scheduler = boto3.client("scheduler", region_name=REGION)
    scheduler_backends[ACCOUNT][REGION].reset()
    scheduler.create_schedule_group(Name="group")
    assert run_bots("publish", *TARGET, "--schedules", SCHEDULES, *SHIPPED) == 0

    output = capsys.readouterr().out
    assert len(scheduler.list_schedules(GroupName="group")["Schedules"]) == 2
    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    keys: list[str] = []
    for folder in SHIPPED:
        package = read_package(folder).package
        assert package is not None
        assert catalogue.get(package.bot.id) == package.bot
        if package.bundle is None:
            assert f"published: {package.bot.id}\n" in output
            continue
        assert f"published: {package.bot.id} {package.bundle.program.id}\n" in output
        keys.append(str(package.bot.program["key"]))
        assert bucket.load_bundle(keys[-1]) == package.bundle
    assert bucket.list_keys() == sorted(keys)
    assert [bot.id for bot in catalogue.list_bots()] == [folder.name.removesuffix(".gbai") for folder in SHIPPED]


@pytest.mark.usefixtures("deployed", "bucket")
def test_author_of_a_bot_that_sends_messages_is_told_what_it_needs(tmp_path: Path, capsys: Captured) -> None:
    package = create_package(tmp_path, 'BEGIN MAIL "ana@example.com"\nHello\nEND MAIL')

    assert run_bots("check", package) == 0
    assert capsys.readouterr().out == "shop: can be published; it sends mail, so the deployment needs MailFrom\n"
    assert run_bots("publish", *TARGET, package) == 0
    assert capsys.readouterr().err == "shop sends mail, so the deployment needs MailFrom.\n"
    texting = create_package(tmp_path, 'SEND MAIL "a@b.example", "A"\nSEND SMS "+15550100", "A"', bot_id="texting")
    assert run_bots("check", texting) == 0
    assert capsys.readouterr().out == (
        "texting: can be published; it sends mail, so the deployment needs MailFrom; it sends text messages, so the "
        "deployment needs SmsFrom\n"
    )
    assert run_bots("check", create_package(tmp_path, "TALK 1", bot_id="quiet")) == 0
    assert capsys.readouterr().out == "quiet: can be published\n"


def test_nothing_is_published_if_a_package_is_invalid(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    invalid = create_package(tmp_path, "TALK (")

    assert run_bots("publish", *TARGET, SHIPPED[0], invalid) == 1

    assert "start.bas:1:" in capsys.readouterr().err
    assert bucket.list_keys() == []
    assert deployed.list_items("BotsTable") == []


def test_package_is_published_without_its_scripts_with_errors(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    package = create_package(tmp_path, "TALK 1")
    (package / "shop.gbdialog/pay.bas").write_text("TALK FOO(1)")

    assert run_bots("publish", *TARGET, package) == 1
    assert "shop: can be published without pay.bas (1 error) with --skip-broken\n" in capsys.readouterr().err
    assert deployed.list_items("BotsTable") == []

    assert run_bots("publish", "--skip-broken", *TARGET, package) == 0
    capsys.readouterr()
    assert run_bots("list", *TARGET) == 0
    assert capsys.readouterr().out.startswith("shop: shop (basic, without pay.bas)\n")
    (key,) = bucket.list_keys()
    assert bucket.load_bundle(key).program.scripts["pay"].broken


def test_nothing_is_published_if_the_list_of_bots_would_be_too_large(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    catalogue.publish(a_rule_bot("large", "Bot").model_copy(update={"description": "d" * 1_000}))
    # moto accepts less than the 400 KB of DynamoDB.
    monkeypatch.setattr("tools.bots.publishing._MAX_CATALOGUE_BYTES", 1_100)

    assert run_bots("publish", *TARGET, create_package(tmp_path, "TALK 1")) == 1

    output = capsys.readouterr().err
    assert "of 2 bots" in output
    assert output.endswith("Nothing was published.\n")
    assert bucket.list_keys() == []
    assert [bot.id for bot in catalogue.list_bots()] == ["large"]


def test_item_is_not_changed_if_its_version_cannot_be_stored(deployed: Aws, tmp_path: Path, capsys: Captured) -> None:
    target = ["--table", "BotsTable", "--bucket", "nowhere"]

    assert run_bots("publish", *target, SHIPPED[0], create_package(tmp_path, "TALK 1")) == 1

    output = capsys.readouterr().err
    assert output.startswith("AWS error: ")
    assert "NoSuchBucket" in output
    assert output.count("\n") == 1
    assert deployed.list_items("BotsTable") == []


def test_list_shows_all_versions_and_marks_the_current_one(bucket: Bucket, tmp_path: Path, capsys: Captured) -> None:
    for script in ("TALK 1", "TALK 2", "TALK 2", "TALK 1"):
        assert run_bots("publish", *TARGET, create_package(tmp_path, script), next(iter(SHIPPED))) == 0
    published = [line.split()[2] for line in capsys.readouterr().out.splitlines() if "shop" in line]

    assert run_bots("list", *TARGET) == 0

    assert published[1] == published[2] != published[0] == published[3]
    assert [key for key in bucket.list_keys() if key.startswith("shop/")] == sorted(
        f"shop/{version}.json" for version in set(published)
    )
    lines = capsys.readouterr().out.splitlines()
    shop = lines[lines.index("shop: shop (basic)") + 1 :]
    assert sorted(line.strip("* ").split()[0] for line in shop) == sorted(set(published))
    assert [line.split()[1] for line in shop if line.startswith("  * ")] == [published[3]]
    assert any(line.endswith("(basic)") and not line.startswith("shop") for line in lines)


def test_webhook_secret_is_printed_once_and_stored_as_a_hash(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    package = create_package(tmp_path, "TALK 1")
    run_bots("publish", *TARGET, package)
    capsys.readouterr()

    secrets = []
    for _ in range(2):
        assert run_bots("secret", "shop", "--table", "BotsTable") == 0
        secrets.append(capsys.readouterr().out.strip())
    secret = read_item(deployed, "shop#webhook")
    before = read_item(deployed, "shop")
    create_package(tmp_path, "TALK 2")
    run_bots("publish", *TARGET, package)
    after = read_item(deployed, "shop")

    assert len(bucket.list_keys()) == 2
    assert len(set(secrets)) == 2
    assert all(len(secret) >= 43 for secret in secrets)
    assert secret == read_item(deployed, "shop#webhook")
    assert secret["secret_hash"] == {"S": hash_secret(secrets[1])}
    assert before["program"] != after["program"]
    assert secrets[1] not in str(after)
    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop").program != {}


def test_webhook_secret_of_an_unknown_bot_is_an_error(deployed: Aws, capsys: Captured) -> None:
    assert run_bots("secret", "ghost", "--table", "BotsTable") == 1

    assert capsys.readouterr() == ("", "The bot does not exist.\n")
    assert deployed.list_items("BotsTable") == []
    with pytest.raises(NotFoundError):
        DynamoDBWebhookSecrets(deployed.dynamodb, "BotsTable").set_hash("ghost", "hash")


def test_publishing_again_replaces_all_fields(deployed: Aws) -> None:
    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    catalogue.publish(a_rule_bot("shop", "Old").model_copy(update={"description": "Old", "access": ("staff",)}))
    new = a_rule_bot("shop", "New")
    catalogue.publish(new)

    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop") == new
    assert read_item(deployed, "shop").keys() == {
        "id", "name", "description", "access", "engine", "program", "waits",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ versions


def publish_scripts(folder: Path, *scripts: str, config: str = "") -> list[str]:
    """Publish scripts as the start script of the shop, one after the other, and return the versions."""
    versions = []
    for script in scripts:
        package = create_package(folder, script)
        (package / "shop.gbot").mkdir(exist_ok=True)
        (package / "shop.gbot/config.csv").write_text(f"name,value\nbot-name,Shop\n{config}")
        assert run_bots("publish", *TARGET, package) == 0
        bundle = read_package(package).package
        assert bundle is not None
        versions.append(str(bundle.bot.program["version"]))
    return versions


def list_versions(capsys: Captured) -> list[tuple[str, str, str]]:
    """Return the mark, the version and what was done of each publication of the shop."""
    capsys.readouterr()
    assert run_bots("versions", "shop", *TARGET) == 0
    lines = capsys.readouterr().out.splitlines()
    return [(line[0], line[2:18].strip(), line.partition(" UTC  ")[2]) for line in lines]


def get_current(deployed: Aws) -> object:
    """Return the current version, as a function that has just started sees it."""
    return DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop").program["version"]


BY = "by arn:aws:sts::123456789012:user/moto"


def test_versions_say_who_published_when(bucket: Bucket, tmp_path: Path, capsys: Captured) -> None:
    first, second, _ = publish_scripts(tmp_path, "TALK 1", "TALK 2", "TALK 2")

    assert list_versions(capsys) == [("*", second, f"published {BY}"), (" ", first, f"published {BY}")]
    assert bucket.list_keys() == sorted(f"shop/{version}.json" for version in (first, second))


def test_rollback_publishes_the_version_before(deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured) -> None:
    del bucket
    first, second, third = publish_scripts(tmp_path, "TALK 1", "TALK 2", "TALK 3")
    capsys.readouterr()

    assert run_bots("rollback", "shop", *TARGET) == 0
    assert capsys.readouterr().out == f"published: shop {second}\n"
    assert run_bots("rollback", "shop", *TARGET) == 0
    assert get_current(deployed) == first
    assert run_bots("rollback", "shop", *TARGET) == 1
    assert capsys.readouterr().err == "shop has no earlier version.\n"
    assert run_bots("rollback", "shop", third[:6], *TARGET) == 0

    assert get_current(deployed) == third
    assert [(mark, version) for mark, version, _ in list_versions(capsys)] == [
        ("*", third),
        (" ", first),
        (" ", second),
        (" ", third),
        (" ", second),
        (" ", first),
    ]
    assert list_versions(capsys)[0][2] == f"rolled back {BY}"


def test_rollback_brings_back_the_configuration(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    del bucket
    publish_scripts(tmp_path, "TALK 1", config="access,staff\n")
    before = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop")
    publish_scripts(tmp_path, "TALK 1", config="access,public\nllm-model,x\n")
    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop").waits

    assert run_bots("rollback", "shop", *TARGET) == 0

    after = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop")
    assert after == before
    assert (after.access, after.waits) == (("staff",), False)
    assert capsys.readouterr().err == ""


def test_versions_from_before_the_log_can_be_published_again(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    (old,) = publish_scripts(tmp_path, "TALK 1", config="access,staff\n")
    before = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop")
    for key in set(bucket.list_all_keys()) - set(bucket.list_keys()):
        bucket.s3.delete_object(Bucket=BUCKET, Key=key)
    assert list_versions(capsys) == [("*", old, "published by an earlier release")]
    (new,) = publish_scripts(tmp_path, "TALK 2")
    assert [version for _, version, _ in list_versions(capsys)] == [new, old]
    assert run_bots("diff", "shop", *TARGET) == 0
    assert "-access,staff\n" in capsys.readouterr().out

    assert run_bots("rollback", "shop", *TARGET) == 0

    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop") == before


def test_diff_compares_the_files_of_two_versions(bucket: Bucket, tmp_path: Path, capsys: Captured) -> None:
    del bucket
    first, second = publish_scripts(tmp_path, 'TALK "Hello"\nTALK 1', 'TALK "Hi"\nTALK 1')
    (third,) = publish_scripts(tmp_path, 'TALK "Hi"\nTALK 1', config="locale,pt-BR\nsmtp-password,secret\n")
    capsys.readouterr()

    assert run_bots("diff", "shop", first, second, *TARGET) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"--- shop.gbdialog/start.bas ({first})",
        f"+++ shop.gbdialog/start.bas ({second})",
        "@@ -1,2 +1,2 @@",
        '-TALK "Hello"',
        '+TALK "Hi"',
        " TALK 1",
    ]
    assert run_bots("diff", "shop", *TARGET) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[:2] == [f"--- config.csv ({second})", f"+++ config.csv ({third})"]
    assert "+locale,pt-BR" in output
    assert "secret" not in output, "a value that is not published is not stored"
    assert run_bots("diff", "shop", third, third, *TARGET) == 0
    assert capsys.readouterr().out == ""


def test_bot_without_scripts_has_versions(deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured) -> None:
    del bucket
    package = tmp_path / "shop.gbai"
    package.mkdir()
    rules = 'name = "Shop"\n[greeting]\nsay = ["Hello!"]\n[fallback]\nsay = ["What?"]\n'
    rules += '[[rules]]\npatterns = ["a"]\nsay = ["b"]\n'
    for text in (rules, rules.replace("Hello", "Hi")):
        (package / "rules.toml").write_text(text)
        assert run_bots("publish", *TARGET, package) == 0
    capsys.readouterr()

    assert run_bots("diff", "shop", *TARGET) == 0
    assert '-say = ["Hello!"]\n+say = ["Hi!"]\n' in capsys.readouterr().out
    assert run_bots("rollback", "shop", *TARGET) == 0

    bot = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("shop")
    assert "Hello!" in str(bot.program)
    assert [mark for mark, _, _ in list_versions(capsys)] == ["*", " ", " "]


def test_unpublished_bot_is_gone_and_can_be_published_again(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    del bucket
    (version,) = publish_scripts(tmp_path, "TALK 1")
    run_bots("publish", *TARGET, SHIPPED[0])
    run_bots("secret", "shop", "--table", "BotsTable")
    secret = read_item(deployed, "shop#webhook")

    assert run_bots("unpublish", "shop", *TARGET) == 0

    catalogue = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    assert [bot.id for bot in catalogue.list_bots()] == [SHIPPED[0].name.removesuffix(".gbai")]
    with pytest.raises(NotFoundError):
        catalogue.get("shop")
    assert list_versions(capsys) == [(" ", "-", f"unpublished {BY}"), (" ", version, f"published {BY}")]
    assert run_bots("unpublish", "shop", *TARGET) == 1
    assert run_bots("diff", "shop", version, *TARGET) == 1
    assert capsys.readouterr().err.endswith("There is no bot shop.\nshop is not published: name both versions.\n")

    assert run_bots("rollback", "shop", *TARGET) == 0
    assert get_current(deployed) == version
    assert read_item(deployed, "shop#webhook") == secret


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("versions", "ghost"), "There is no bot ghost."),
        (("unpublish", "ghost"), "There is no bot ghost."),
        (("rollback", "ghost"), "There is no bot ghost."),
        (("diff", "ghost"), "There is no bot ghost."),
        (("rollback", "shop", "ffff"), "shop has no version ffff."),
        (("diff", "shop"), "shop has no earlier version."),
        (("rollback", "shop", ""), "Several versions of shop begin with "),
    ],
)
def test_missing_version_is_one_sentence(
    command: tuple[str, ...], sentence: str, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    del bucket
    publish_scripts(tmp_path, "TALK 1", *(["TALK 2"] if command[-1] == "" else []))
    capsys.readouterr()

    assert run_bots(*command, *TARGET) == 1

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(sentence)
    assert output.err.count("\n") == 1


def test_version_that_cannot_run_any_more_is_not_published(
    deployed: Aws, bucket: Bucket, tmp_path: Path, capsys: Captured
) -> None:
    first, second = publish_scripts(tmp_path, "TALK 1", "TALK 2")
    stored = bucket.s3.get_object(Bucket=BUCKET, Key=f"shop/{first}.json")["Body"].read()
    bucket.s3.put_object(Bucket=BUCKET, Key=f"shop/{first}.json", Body=stored.replace(b'"format":', b'"format":9'))

    assert run_bots("rollback", "shop", *TARGET) == 1

    assert capsys.readouterr().err.startswith(f"Version {first} cannot run any more: ")
    assert get_current(deployed) == second
