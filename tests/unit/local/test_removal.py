"""Deletion of a stack's files."""

from pathlib import Path

import pytest

from local.removal import remove_stack_files
from local.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A stopped stack with data."""
    settings = Settings(directory=tmp_path / "stack")
    create_stack(settings.directory)
    return settings


def create_stack(directory: Path) -> None:
    for name in ("aws/state/dynamodb.json", "logs/aws.log", "stack.json", "passwords.json"):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def list_files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_all_files_of_a_stack_are_deleted(settings: Settings) -> None:
    assert remove_stack_files(settings) == []

    assert not settings.directory.exists()


def test_another_stack_in_the_folder_is_kept(settings: Settings) -> None:
    second = settings.directory / "second"
    create_stack(second)
    before = list_files(second)

    assert remove_stack_files(settings) == [second]

    assert list_files(second) == before
    assert [path.name for path in settings.directory.iterdir()] == ["second"]


def test_descriptions_of_deployments_are_kept(settings: Settings) -> None:
    (settings.directory / "aws-production.json").touch()

    remove_stack_files(settings)

    assert list_files(settings.directory) == ["aws-production.json"]


def test_named_paths_are_kept(settings: Settings) -> None:
    remove_stack_files(settings, settings.logs)

    assert list_files(settings.directory) == ["logs/aws.log"]


def test_target_of_a_symbolic_link_is_kept(settings: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    create_stack(elsewhere)
    (elsewhere / "stack.json").unlink()
    (settings.directory / "link").symlink_to(elsewhere)

    remove_stack_files(settings)

    assert not settings.directory.exists()
    assert list_files(elsewhere) == ["aws/state/dynamodb.json", "logs/aws.log", "passwords.json"]


def test_folder_that_does_not_exist_has_no_files(tmp_path: Path) -> None:
    assert remove_stack_files(Settings(directory=tmp_path / "ghost")) == []
