"""Unpacking of code archives in the emulator."""

import tempfile
import zipfile
from pathlib import Path

import pytest

from local.emulator.shared_archives import SharedZipFile


@pytest.fixture(autouse=True)
def _temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def unpack(folder: Path, content: str) -> Path:
    """Unpack an archive as a worker in ``folder`` does."""
    code = folder / "code"
    code.mkdir(parents=True)
    archive = folder / "code.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("app.py", content)
    with SharedZipFile(archive) as reader:
        reader.extractall(code)
    assert not archive.exists()
    return code


def test_workers_with_the_same_code_share_a_folder(tmp_path: Path) -> None:
    first, second = unpack(tmp_path / "1", "a = 1"), unpack(tmp_path / "2", "a = 1")

    assert (first / "app.py").read_text() == (second / "app.py").read_text() == "a = 1"
    assert first.resolve() == second.resolve()


def test_workers_with_different_code_do_not_share_a_folder(tmp_path: Path) -> None:
    first, second = unpack(tmp_path / "1", "a = 1"), unpack(tmp_path / "2", "a = 2")

    assert (first / "app.py").read_text() == "a = 1"
    assert (second / "app.py").read_text() == "a = 2"


def test_only_complete_folders_are_shared(tmp_path: Path) -> None:
    """What a process that was killed has left is not used."""
    code = unpack(tmp_path / "1", "a = 1")

    assert [path.name for path in (tmp_path / "archives").iterdir()] == [code.resolve().name]
