"""JSON in scripts."""

import pytest

from basic.errors import ScriptError
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, play_script
from tests.unit.basic.functions.evaluation import call


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        ('"é"', "é"),
        (" 5 ", 5),
        ([1], [1]),
        ({"a": 1}, {"a": 1}),
        (5, 5),
    ],
)
def test_json_is_parsed(text: Value, value: Value) -> None:
    assert call("JSON_PARSE", text) == value


@pytest.mark.parametrize("text", ["", "{a}", "NaN", "[1e999]", '"\\ud800"', "[" * 50_000, "9" * 5_000])
def test_what_a_script_cannot_have_is_refused_in_a_short_message(text: str) -> None:
    with pytest.raises(ScriptError, match=r"^JSON_PARSE expects JSON, not ") as caught:
        call("JSON_PARSE", text)

    assert len(str(caught.value)) < 150


def test_deep_json_does_not_fit_a_variable() -> None:
    assert "nested" in Dialog(f'x = JSON PARSE "{"[" * 300}{"]" * 300}"').fault


@pytest.mark.parametrize("form", ["JSON PARSE t", "JSON_PARSE(t)", "JSON.parse(t)", "PARSEJSON(t)", "json.Parse(t)"])
def test_forms_parse(form: str) -> None:
    assert play_script(f't = "{{""a"": 1}}"\nx = {form}\nTALK x.a') == ["1"]


@pytest.mark.parametrize("form", ["JSON STRINGIFY m", "JSON.stringify(m)", "TOJSON m", "JSON(m)", "TOJSON(m)"])
def test_forms_encode(form: str) -> None:
    assert play_script(f"m = #{{a: 1}}\nTALK {form}") == ['{"a": 1}']


def test_variable_called_json_has_its_fields() -> None:
    assert play_script("json = #{a: [2]}\nTALK json.a.join(1)") == ["2"]


@pytest.mark.parametrize(
    ("script", "message"),
    [('TALK parseInt("12.9")', "12"), ('TALK parseInt("-3", 10)', "-3"), ('TALK parseInt("many") + 1', "1")],
)
def test_integer_is_parsed(script: str, message: str) -> None:
    assert play_script(script) == [message]
