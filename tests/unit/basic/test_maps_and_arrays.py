"""Parts of maps and arrays."""

import pytest

from tests.unit.basic.fake_host import Dialog, play_script


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ('x = #{name: "Ana", "last name": 1, 2: true,}\nTALK x', '{"name": "Ana", "last name": 1, "2": true}'),
        ("x = {a: 1}\nTALK x.a", "1"),
        ("x = NEW OBJECT\nx.a = 1\nx.b.c = 2\nTALK x", '{"a": 1, "b": {"c": 2}}'),
        ("x = NEW OBJECT()\nTALK x", "{}"),
        ("x.a = 1\nTALK x", '{"a": 1}'),
        ("x = #{Name: 1}\nTALK x.name\nx.NAME = 2\nTALK x", '1 {"Name": 2}'),
        ('x = #{a: 1}\nTALK x["A"]\nk = "b"\nx[k] = 2\nTALK x', '1 {"a": 1, "b": 2}'),
        ("x = [1, [2, 3]]\nTALK x[1][0]\nx[1][0] = 9\nTALK x", "2 [1, [9, 3]]"),
        ("x = [1]\nx[UBOUND(x)] = 2\nTALK x", "[1, 2]"),
        ("x = []\nAPPEND x, 1\nAPPEND x, 2\nTALK x", "[1, 2]"),
        ("x.list = []\nAPPEND x.list, 1\nTALK x", '{"list": [1]}'),
        ("x = [1]\ny = x\ny[0] = 2\nTALK x", "[1]"),
        ("x = #{a: [1]}\ny = x.a\ny[0] = 2\nTALK x", '{"a": [1]}'),
        ("x.a = 1\nx.self = x\nTALK x", '{"a": 1, "self": {"a": 1}}'),
        ("WITH x\n.a = 1\nb = 2\n.c.d = 3\nEND WITH\nTALK x", '{"a": 1, "b": 2, "c": {"d": 3}}'),
        ("x = #{a: 1}\nWITH x.b\n.a = x.a\nEND WITH\nTALK x", '{"a": 1, "b": {"a": 1}}'),
        ("TALK [1, 2] CONTAINS 2", "true"),
        ('TALK "banana" CONTAINS "nan"', "true"),
        ('TALK #{a: 1} CONTAINS "A"', "true"),
        ("x = #{a: 1}\nTALK x.b", ""),
        ("TALK FIRST [1, 2]", "1"),
        ("first = [7]\nTALK first[0]", "7"),
        ("SET x.a, 5\nTALK x.a", "5"),
    ],
)
def test_parts_are_read_and_set(script: str, messages: str) -> None:
    assert " ".join(play_script(script)) == messages


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("x = [1]\nTALK x[1]", "2:7: there is no item 1: the array has 1 items, and the first is 0"),
        ("x = [1]\nTALK x[-1]", "2:7: there is no item -1: the array has 1 items, and the first is 0"),
        ("x = [1]\nTALK x[0.5]", "2:7: 0.5 is not an index: it is not a whole number"),
        ("x = [1]\nx[2] = 1", "2:1: there is no item 2: the array has 1 items, and the first is 0"),
        ('x = [1]\nTALK x["a"]', '2:7: "a" is not a number'),
        ("x = [1]\nx.a = 2", '2:1: "a" is not a number'),
        ('x = [#{a: 1}]\nTALK x["0.5"]', "2:7: 0.5 is not an index: it is not a whole number"),
        ("x = [1]\nTALK x.name", "2:7: an array has no field `name`"),
        ("TALK x.name", "1:7: NOTHING has no field `name`"),
        ('x = "text"\nTALK x["a"]', "2:7: text has no items"),
        ('x = "text"\nTALK x[4]', "2:7: there is no item 4: the text has 4 characters, and the first is 0"),
        ('x = "text"\nx.a = 1', '2:1: text has no part "a" that could be set'),
        ("x = 5\nx.a.b = 1", '2:1: a number has no part "a" that could be set'),
    ],
)
def test_missing_parts(script: str, fault: str) -> None:
    assert Dialog(script).fault == f"start.bas:{fault}"
