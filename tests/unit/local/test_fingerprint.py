"""Whether something must be done again."""

from pathlib import Path

import pytest

from local import fingerprint
from local.fingerprint import Stamp, digest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.py").write_text("one")
    return source


def test_the_same_files_and_values_have_the_same_digest(folder: Path) -> None:
    assert digest([folder], "value") == digest([folder], "value")


def test_another_value_is_another_digest(folder: Path) -> None:
    assert digest([folder], "a", "b") != digest([folder], "ab")


def test_a_changed_a_new_and_a_renamed_file_are_noticed(folder: Path) -> None:
    seen = {digest([folder])}
    (folder / "app.py").write_text("two")
    seen.add(digest([folder]))
    (folder / "deeper").mkdir()
    (folder / "deeper" / "new.py").touch()
    seen.add(digest([folder]))
    (folder / "app.py").rename(folder / "main.py")
    seen.add(digest([folder]))

    assert len(seen) == 4


def test_what_python_leaves_behind_is_not_noticed(folder: Path) -> None:
    before = digest([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "app.pyc").touch()

    assert digest([folder]) == before


def test_a_stamp_vouches_for_one_digest_until_it_is_removed(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "new" / "stamp")
    said = [stamp.says("one")]
    stamp.write("one")
    said += [stamp.says("one"), stamp.says("two")]
    stamp.remove()
    said.append(stamp.says("one"))

    assert said == [False, True, False, False]
