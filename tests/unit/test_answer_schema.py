"""The answers that a waiting script accepts, as JSON Schema."""

from typing import Any

import pytest

from basic.hear import TYPES
from conversations.engines.basic.answer_schema import build_answer_schema
from tests.fakes.scripts import ScriptWorld

TEXT = {"type": "string"}


def find_schema(world: ScriptWorld) -> Any:  # noqa: ANN401 - JSON
    conversation = world.start_conversation()
    dialog = world.turns.load(conversation.id)
    assert dialog is not None
    return dialog.expects


@pytest.mark.parametrize(
    ("hear", "schema"),
    [
        ("HEAR x AS INTEGER", {"type": "integer"}),
        ("HEAR x AS MONEY", {"type": "number"}),
        ("HEAR x AS BOOLEAN", {"type": "boolean"}),
        ("HEAR x AS EMAIL", TEXT | {"format": "email"}),
        ("HEAR x AS DATE", TEXT | {"format": "date"}),
        ("HEAR x AS HOUR", TEXT),
        ("HEAR x AS PASSWORD", TEXT | {"format": "password"}),
        ('HEAR x AS "Black", "Green"', TEXT | {"enum": ["Black", "Green"]}),
        ("HEAR x", None),
        ("HEAR x AS TEXT", None),
        ("HEAR x AS IMAGE", None),
        ('TALK "Bye"', None),
    ],
)
def test_schema_follows_the_type_of_hear(hear: str, schema: object) -> None:
    assert find_schema(ScriptWorld(hear)) == schema


def test_every_type_has_a_schema_or_accepts_text_or_files() -> None:
    def has_schema(name: str) -> bool:
        return find_schema(ScriptWorld(f"HEAR x AS {name}")) is not None

    names = {hear_type.name for hear_type in TYPES.values()} - {"LOGIN"}
    assert {name for name in names if not has_schema(name)} == {"TEXT", "IMAGE", "QRCODE", "AUDIO", "VIDEO", "FILE"}


def test_state_of_another_machine_has_no_schema() -> None:
    assert build_answer_schema({"format": 99}) is None
    assert build_answer_schema(None) is None
