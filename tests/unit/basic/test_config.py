"""``config.csv``: both headers, current and old keys, and the diagnostics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.config import KEYS, get_variables, parse_config


def diagnose(text: str) -> list[str]:
    """Return the diagnostics of a file without its name and the text of the line."""
    return [
        f"{diagnostic.position.line} {diagnostic.severity}: {diagnostic.message}"
        for diagnostic in parse_config("config.csv", text).diagnostics
    ]


@pytest.mark.parametrize("header", ["name,value", "key,value", "Name, Value", '"key","value"', "\ufeffname,value"])
def test_both_headers_are_accepted(header: str) -> None:
    assert parse_config("config.csv", f"{header}\nbot-name,Shop\n") == ({"bot-name": "Shop"}, [])


@pytest.mark.parametrize("text", ["", "\n", "bot-name,Shop\n", "name;value\n", "name\n", "name,value,comment\n"])
def test_missing_header_is_an_error(text: str) -> None:
    assert diagnose(text) == ["1 error: the first line must be `name,value` or `key,value`"]


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("Bot Name", "bot-name"),
        ("bot  NAME", "bot-name"),
        ("Bot Description", "bot-description"),
        ("Error Message", "error-message"),
        ("Fallback Message", "fallback-message"),
        ("BOT-NAME", "bot-name"),
        ("Param Tax Rate", "param-tax-rate"),
    ],
)
def test_old_keys_are_renamed(old: str, current: str) -> None:
    assert parse_config("config.csv", f"name,value\n{old},x\n").values == {current: "x"}


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("Welcome Message", "welcome-message"),
        ("Theme Color", "theme-color1"),
        ("Answer Mode", "answer-mode"),
        ("Start Dialog", "start-dialog"),
        ("Session Timeout", "session-timeout"),
        ("Timeout Message", "timeout-message"),
        ("llm-key", "llm-key"),
        ("theme-color2", "theme-color2"),
        ("hear-timeout-secs", "hear-timeout-secs"),
    ],
)
def test_unsupported_key_is_reported_and_not_stored(old: str, current: str) -> None:
    parsed = parse_config("config.csv", f"name,value\n{old},x\n")

    assert parsed.values == {}
    assert [f"{diagnostic.severity}: {diagnostic.message}" for diagnostic in parsed.diagnostics] == [
        f"not supported: `{current}` is not supported yet"
    ]


def test_values_may_contain_commas_quotes_and_newlines() -> None:
    parsed = parse_config(
        "config.csv", 'name,value\nerror-message, "Sorry, ""we""\nbroke"\n\nbot-nme,x\naccess,all,x\n'
    )

    assert parsed.values == {"error-message": 'Sorry, "we"\nbroke'}
    assert [fault.position.line for fault in parsed.diagnostics] == [5, 6], (
        "faults know their lines, also after a long value"
    )


@pytest.mark.parametrize(
    ("line", "diagnostic"),
    [
        ("bot-name", "2 error: expected 2 columns, a name and a value, but found 1"),
        ("bot-name,a,b", "2 error: expected 2 columns, a name and a value, but found 3"),
        ("bot-name,", "2 error: `bot-name` has no value"),
        ('access," ,"', "2 error: `access` has no value"),
        ("locale,english please", "2 error: `english please` is not a language tag, such as `en` or `pt-BR`"),
        (
            "error-message," + "x" * 8_001,
            "2 error: `error-message` is longer than 8,000 characters, the limit of a message",
        ),
        ("param-,1", "2 error: `` is not a valid name of a variable"),
        ("param-1st,1", "2 error: `1st` is not a valid name of a variable"),
        ("colour,red", "2 warning: unknown key `colour`"),
        ("fallback-mesage,x", "2 warning: unknown key `fallback-mesage`; did you mean `fallback-message`?"),
    ],
)
def test_invalid_line_is_reported(line: str, diagnostic: str) -> None:
    assert diagnose(f"name,value\n{line}\n") == [diagnostic]


def test_duplicate_key_is_an_error() -> None:
    assert diagnose("name,value\nbot-name,a\nBot Name,b\n") == ["3 error: `bot-name` is set twice"]


def test_invalid_csv_is_an_error() -> None:
    (diagnostic,) = diagnose('name,value\nbot-name,"a" b\n')

    assert diagnostic.startswith("1 error: invalid CSV: ")


def test_parameters_are_typed_variables() -> None:
    parsed = parse_config(
        "config.csv",
        "name,value\nbot-name,Shop\nparam-Tax-Rate,0.25\nparam-seats,12\nparam-open,TRUE\nparam-closed,false\n"
        "param-phone,+5511999998888\nparam-article,007\nparam-zero,0\nparam-half,0.5\nparam-url,https://example.com\nparam-note,\n",
    )

    assert get_variables(parsed.values) == {
        "tax_rate": 0.25,
        "seats": 12,
        "open": True,
        "closed": False,
        "phone": "+5511999998888",
        "article": "007",
        "zero": 0,
        "half": 0.5,
        "url": "https://example.com",
        "note": "",
    }


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.text("ab,\" '\N{SNOWMAN}", min_size=1)))
def test_valid_values_are_returned(config: dict[str, str]) -> None:
    written = {key: "pt-BR" if key == "locale" else value for key, value in config.items()}
    rows = "".join(f'{key},"{value.replace('"', '""')}"\n' for key, value in written.items())

    parsed = parse_config("config.csv", "name,value\n" + rows)

    stripped = {key: value.strip() for key, value in written.items()}
    empty = {key for key in ("bot-name", "access") if key in stripped and not stripped[key].strip(" ,")}
    assert parsed.values == {key: value for key, value in stripped.items() if key not in empty}
    assert len(parsed.diagnostics) == len(empty)


@given(st.text())
def test_any_text_is_parsed_or_reported(text: str) -> None:
    for content in (text, "name,value\n" + text):
        for diagnostic in parse_config("config.csv", content).diagnostics:
            assert str(diagnostic).startswith("config.csv:")
