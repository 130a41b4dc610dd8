"""``conversations bots import``: packages in the style of General Bots, written for these tests."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings

from basic.diagnostics import Position
from tests.unit.basic.scripts import SLOW, bots
from tools.bots.commands import main
from tools.bots.importing.edits import Edit, apply_edits
from tools.bots.importing.plan import make_bot_id
from tools.bots.importing.rewrites import rewrite_script
from tools.bots.importing.settings import rewrite_config

type Captured = pytest.CaptureFixture[str]

FLORIST: Mapping[str, bytes] = {
    "Flores.gbdialog/start.BAS": (
        'ADD TOOL "order"\nTALK \u201cWelcome to the florist!\u201d\nHEAR many AS INTEGER WITH "How many roses?"\n'
        'TALK "" + IF(many > 11, "A big bouquet.", "A bouquet.")\n'
    ).encode(),
    "Flores.gbdialog/order.bas": (
        b'PARAM flower AS string LIKE rose DESCRIPTION "Which one?"\nDESCRIPTION Orders a flower.\nRETURN "Caf\xe9"\n'
    ),
    "Flores.gbdialog/order.mcp.json": b"{}",
    "Flores.gbdialog/start.ast": b"TALK 1",
    "Flores.gbot/Config.csv": b"\xef\xbb\xbfBot Name,Flores\nllm-key,sk-very-secret\nlonely\nlocale,pt\nlocale,en\n",
    "Flores.gbkb/guide.md": b"Roses are red.",
    "Flores.gbkb/prices/list.md": b"Roses: 3",
    "README.md": b"# Flores",
    ".git/config": b"[core]",
}

NOTES = """\
  Flores.gbdialog/order.mcp.json: left out, because General Bots generates it
  Flores.gbdialog: is now my-florist.gbdialog
  Flores.gbdialog/start.BAS: is now my-florist.gbdialog/start.bas
  Flores.gbdialog/start.ast: left out, because General Bots generates it
  Flores.gbkb/guide.md: is now my-florist.gbkb/my-florist/guide.md
  Flores.gbkb: is now my-florist.gbkb
  Flores.gbot/Config.csv: is now my-florist.gbot/config.csv
  my-florist.gbdialog/order.bas: is UTF-8 now, and was Windows-1252
  my-florist.gbdialog/order.bas:1: the text has quotes
  my-florist.gbdialog/order.bas:2: the text has quotes
  my-florist.gbdialog/start.bas:2: typographic quotes are straight
  my-florist.gbdialog/start.bas:4: IF as a function is IIF
  my-florist.gbot/config.csv: is UTF-8 now, and was UTF-8 with a byte order mark
  my-florist.gbot/config.csv:1: `Bot Name` is `bot-name`
  my-florist.gbot/config.csv:2: the secret `llm-key` is left out; store it and write a reference to it
  my-florist.gbot/config.csv:3: a line without a value is a comment
  my-florist.gbot/config.csv:4: `locale` is set again below; the last value counts
"""

COPIED = {
    "README.md": "# Flores",
    "my-florist.gbdialog/order.bas": (
        'PARAM flower AS string LIKE "rose" DESCRIPTION "Which one?"\nDESCRIPTION "Orders a flower."\nRETURN "Café"\n'
    ),
    "my-florist.gbdialog/start.bas": (
        'ADD TOOL "order"\nTALK "Welcome to the florist!"\nHEAR many AS INTEGER WITH "How many roses?"\n'
        'TALK "" + IIF(many > 11, "A big bouquet.", "A bouquet.")\n'
    ),
    "my-florist.gbkb/my-florist/guide.md": "Roses are red.",
    "my-florist.gbkb/prices/list.md": "Roses: 3",
    "my-florist.gbot/config.csv": "bot-name,Flores\n# llm-key: left out\n# lonely\n# locale,pt\nlocale,en\n",
}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def import_bots(*arguments: object) -> int:
    return main(["import", *map(str, arguments)])


def test_package_is_copied_renamed_and_rewritten(tmp_path: Path, capsys: Captured) -> None:
    florist = write(tmp_path / "My Florist.gbai", FLORIST)

    assert import_bots(florist, "--to", tmp_path / "bots") == 0

    folder = tmp_path / "bots/my-florist.gbai"
    assert {name: content.decode() for name, content in read(folder).items()} == COPIED
    output = capsys.readouterr().out
    assert sorted(output.splitlines()[1 : NOTES.count("\n") + 1]) == sorted(NOTES.splitlines())
    assert output.startswith(f"{florist} is copied to {folder}\n  Flores.gbdialog: is now my-florist.gbdialog\n")
    assert output.endswith("my-florist: can be published\n")
    assert "my-florist: everybody may use it; `access` in config.csv says who" in output
    assert "very-secret" not in output
    assert read(florist) == dict(FLORIST)


def test_nothing_is_overwritten(tmp_path: Path, capsys: Captured) -> None:
    florist = write(tmp_path / "My Florist.gbai", FLORIST)
    other = write(tmp_path / "bots/my-florist.gbai", {"notes.txt": b"mine"})

    assert import_bots(florist, "--to", tmp_path / "bots") == 1

    assert read(other) == {"notes.txt": b"mine"}
    assert capsys.readouterr().err == f"{other} exists; nothing is overwritten\n"


def test_bots_folder_of_the_current_one_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tea.gbai", {"start.bas": b'TALK "Hi"'})

    assert import_bots("tea.gbai") == 0
    assert read(tmp_path / "bots/tea.gbai") == {"tea.gbdialog/start.bas": b'TALK "Hi"'}


def test_every_package_of_a_folder_is_imported_and_remaining_errors_are_reported(
    tmp_path: Path, capsys: Captured
) -> None:
    write(tmp_path / "from/a/one.gbai", {"one.gbdialog/start.bas": b'TALK "Hi"'})
    write(tmp_path / "from/b/Two.gbai", {"two.gbdialog/start.bas": b"TALK UBOND(1)"})

    assert import_bots(tmp_path / "from", "--to", tmp_path / "to") == 1

    output = capsys.readouterr().out
    assert "one: can be published" in output
    assert "start.bas:1:6: error: unknown function `UBOND`" in output
    assert "two: cannot be published: 1 error" in output
    assert (tmp_path / "to/two.gbai/two.gbdialog/start.bas").read_text() == "TALK UBOND(1)"


def test_package_in_a_package_is_imported_once(tmp_path: Path) -> None:
    write(tmp_path / "from/bi.gbai/BI.gbai", {"bi.gbdialog/start.bas": b'TALK "Hi"'})

    assert import_bots(tmp_path / "from", "--to", tmp_path / "to") == 0
    assert import_bots(tmp_path / "from/bi.gbai", "--to", tmp_path / "again") == 0
    assert read(tmp_path / "to/bi.gbai") == read(tmp_path / "again/bi.gbai") == {"bi.gbdialog/start.bas": b'TALK "Hi"'}


def test_package_without_suffix_is_found_by_its_scripts(tmp_path: Path) -> None:
    write(tmp_path / "My Bot", {"bot.gbdialog/start.bas": b'TALK "Hi"'})

    assert import_bots(tmp_path / "My Bot", "--to", tmp_path / "to") == 0
    assert read(tmp_path / "to/my-bot.gbai") == {"my-bot.gbdialog/start.bas": b'TALK "Hi"'}


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_folder_without_a_package_is_reported(name: str, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "empty").mkdir()

    assert import_bots(tmp_path / name, "--to", tmp_path / "to") == 1
    assert "found no package" in capsys.readouterr().err
    assert not (tmp_path / "to").exists()


def test_target_inside_the_package_is_refused(tmp_path: Path, capsys: Captured) -> None:
    package = write(tmp_path / "tea.gbai", {"start.bas": b'TALK "Hi"'})

    assert import_bots(package, "--to", package / "bots") == 1
    assert "is inside the package" in capsys.readouterr().err
    assert list(read(package)) == ["start.bas"]


def test_symbolic_links_are_left_out(tmp_path: Path, capsys: Captured) -> None:
    package = write(tmp_path / "tea.gbai", {"tea.gbdialog/start.bas": b'TALK "Hi"'})
    (tmp_path / "secret.txt").write_text("secret")
    (package / "tea.gbdialog/link.bas").symlink_to(tmp_path / "secret.txt")

    assert import_bots(package, "--to", tmp_path / "to") == 0
    assert "tea.gbdialog/link.bas: left out, because it is a symbolic link" in capsys.readouterr().out
    assert list(read(tmp_path / "to/tea.gbai")) == ["tea.gbdialog/start.bas"]


def test_second_file_of_a_name_is_left_out(tmp_path: Path, capsys: Captured) -> None:
    files = {"a.gbdialog/start.bas": b'TALK "a"', "b.gbdialog/start.bas": b'TALK "b"', "b.gbdialog/c.bas": b"TALK 1"}
    package = write(tmp_path / "tea.gbai", files)

    assert import_bots(package, "--to", tmp_path / "to") == 0
    assert "b.gbdialog/start.bas: left out, because there is another tea.gbdialog/start.bas" in capsys.readouterr().out
    assert (tmp_path / "to/tea.gbai/tea.gbdialog/start.bas").read_text() == 'TALK "a"'


def test_interrupted_copy_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = write(tmp_path / "tea.gbai", {"tea.gbdialog/start.bas": b'TALK "Hi"'})

    def fail(_text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.bots.importing.copying.rewrite_script", fail)
    with pytest.raises(KeyboardInterrupt):
        import_bots(package, "--to", tmp_path / "to")

    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "bot_id"),
    [
        ("shop.gbai", "shop"),
        ("My Shop.GBAI", "my-shop"),
        ("loja_2.0.gbai", "loja-2-0"),
        ("Me.gbai", "me-bot"),
        ("x" * 90, "x" * 60),
        ("\u5e97.gbai", ""),
    ],
)
def test_id_is_derived_from_the_name(name: str, bot_id: str) -> None:
    assert make_bot_id(name) == bot_id


def test_package_without_an_id_is_refused(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path / "\u5e97.gbai", {"start.bas": b"TALK 1"})

    assert import_bots(tmp_path / "\u5e97.gbai", "--to", tmp_path / "to") == 1
    assert "no id of a bot can be derived" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ rewrites


@pytest.mark.parametrize(
    ("script", "rewritten"),
    [
        ("x = IF(n > 2, 1, 0)", "x = IIF(n > 2, 1, 0)"),
        ("TALK MAX(IF(n > 2, 1, 0), 2)", "TALK MAX(IIF(n > 2, 1, 0), 2)"),
        ("TALK \u201cHi \u201d", 'TALK "Hi "'),
        ('x = "a" + \u201cHi\u201d\nTALK \u2018say \u201chi\u201d\u2019', 'x = "a" + "Hi"\nTALK "say \u201chi\u201d"'),
        ('TALK \u201chello"', 'TALK "hello"'),
        ("PARAM p AS string LIKE a b\nTALK p", 'PARAM p AS string LIKE "a b"\nTALK p'),
    ],
)
def test_forms_are_rewritten(script: str, rewritten: str) -> None:
    text, changes = rewrite_script(script)

    assert text == rewritten
    assert changes


@pytest.mark.parametrize(
    "script",
    [
        "x = n > 2 ? 1 : 2",
        "case = 3\nTALK case",
        "IF (n > 2) THEN TALK 1",
        "SWITCH n\nCASE 1\nTALK 2\nEND SWITCH",
        'TALK "\u201ca\u201d"',
        'TALK a?.b ?? "c"',
        "BEGIN TALK\nReally? Yes: \u201cno\u201d\nEND TALK",
    ],
)
def test_everything_else_is_left_alone(script: str) -> None:
    assert rewrite_script(script) == (script, [])


@settings(SLOW, max_examples=20)
@given(bots())
def test_valid_scripts_are_left_alone(scripts: tuple[str, str]) -> None:
    for script in scripts:
        assert rewrite_script(script) == (script, [])


def test_edits_are_made_at_their_positions() -> None:
    edits = [Edit(Position(2, 1), "b", "BB"), Edit(Position(1, 2), "", "!"), Edit(Position(2, 3), "d", "")]

    assert apply_edits("a\nbcd\n", edits) == "a!\nBBc\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name,value\nbot-name,Shop\n", None),
        ("# comment\n\nWelcome Message,Hi, you\n", "# comment\n\nwelcome-message,Hi, you\n"),
        (
            "llm-key,none\nllm-key,ssm:/bots/key\n",
            "# llm-key,********\nllm-key,ssm:/bots/key\n",
        ),
        ("Email Password,x\n", "# email-password: left out\n"),
        ("param-token,x\n", None),
        ("access\n", None),
        ('welcome-message,"a\nlonely\nb"\n', None),
        ('welcome-message,"a\nb"\nllm-key,sk-1\n', 'welcome-message,"a\nb"\n# llm-key: left out\n'),
        ("", None),
    ],
)
def test_configuration_is_rewritten(before: str, after: str | None) -> None:
    text, changes = rewrite_config(before)

    assert text == (before if after is None else after)
    assert bool(changes) == (after is not None)
