"""Rows as CSV and maps as XML."""

import pytest

from basic.errors import BudgetError
from basic.values import Value
from tests.unit.basic.fake_host import play_script
from tests.unit.basic.functions.evaluation import call


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([{"a": 1, "b": "x"}, {"b": None, "c": 0.5}], "a,b,c\n1,x,\n,,0.5"),
        ({"a": 1}, "a\n1"),
        ([["a", 1], ["b", 2]], "a,1\nb,2"),
        (["a,b", 'say "hi"', " c", "d\ne"], '"a,b"\n"say ""hi"""\n" c"\n"d\ne"'),
        ([{"list": [1, "é"]}], 'list\n"[1, ""é""]"'),
        ([], ""),
        (None, ""),
        ("a", "a"),
    ],
)
def test_rows_are_csv(value: Value, text: str) -> None:
    assert call("CSV", value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": {"b": "x"}, "c": [1, {"d": 2}]}, "<data><a><b>x</b></a><c>1</c><c><d>2</d></c></data>"),
        ([1, [2]], "<data><item>1</item><item><item>2</item></item></data>"),
        ({"a b": 1, "1": 2, "": 3, "-x": 4}, "<data><a_b>1</a_b><_1>2</_1><_>3</_><_-x>4</_-x></data>"),
        ("a < b & c > d\x00", "<data>a &lt; b &amp; c &gt; d\ufffd</data>"),
        (None, "<data></data>"),
    ],
)
def test_values_are_xml(value: Value, text: str) -> None:
    assert call("XML", value) == text


def test_root_of_xml_can_be_named() -> None:
    assert play_script('TALK XML(#{n: 1}, "my order")') == ["<my_order><n>1</n></my_order>"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("CSV", [{f"k{n}": 1} for n in range(20_000)]), ("XML", {"k" * 100_000: [1] * 100_000})],
)
def test_text_is_not_larger_than_a_value(name: str, value: Value) -> None:
    with pytest.raises(BudgetError):
        call(name, value)
