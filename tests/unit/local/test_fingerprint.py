"""Detecting changed sources."""

from pathlib import Path

import pytest

from local import fingerprint
from local.fingerprint import Stamp, compute_digest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.py").write_text("one")
    return source


def test_digest_is_equal_for_equal_files_and_values(folder: Path) -> None:
    assert compute_digest([folder], "value") == compute_digest([folder], "value")


def test_digest_depends_on_values(folder: Path) -> None:
    assert compute_digest([folder], "a", "b") != compute_digest([folder], "ab")


def test_digest_changes_with_changed_new_and_renamed_files(folder: Path) -> None:
    digests = {compute_digest([folder])}
    (folder / "app.py").write_text("two")
    digests.add(compute_digest([folder]))
    (folder / "deeper").mkdir()
    (folder / "deeper" / "new.py").touch()
    digests.add(compute_digest([folder]))
    (folder / "app.py").rename(folder / "main.py")
    digests.add(compute_digest([folder]))

    assert len(digests) == 4


def test_digest_ignores_bytecode_caches(folder: Path) -> None:
    before = compute_digest([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "app.pyc").touch()

    assert compute_digest([folder]) == before


def test_stamp_matches_only_the_stored_fingerprint(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "new" / "stamp")
    matches = [stamp.matches("one")]
    stamp.write("one")
    matches += [stamp.matches("one"), stamp.matches("two")]
    stamp.remove()
    matches.append(stamp.matches("one"))

    assert matches == [False, True, False, False]
