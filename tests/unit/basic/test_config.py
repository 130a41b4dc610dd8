"""``config.csv``: both headers, keys of today and of before, and what is said about the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.config import KEYS, get_variables, parse_config


def faults_of(text: str) -> list[str]:
    """Return what is wrong with a file, each fault without its name and its line's text."""
    faults = parse_config("config.csv", text).diagnostics
    return [f"{fault.position.line} {fault.severity}: {fault.message}" for fault in faults]


@pytest.mark.parametrize("header", ["name,value", "key,value", "Name, Value", '"key","value"', "\ufeffname,value"])
def test_both_headers_are_read(header: str) -> None:
    assert parse_config("config.csv", f"{header}\nbot-name,Shop\n") == ({"bot-name": "Shop"}, [])


@pytest.mark.parametrize("text", ["", "\n", "bot-name,Shop\n", "name;value\n", "name\n", "name,value,comment\n"])
def test_without_a_header_it_is_refused(text: str) -> None:
    assert faults_of(text) == ["1 error: the first line must be `name,value` or `key,value`"]


@pytest.mark.parametrize(
    ("old", "today"),
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
def test_old_keys_are_those_of_today(old: str, today: str) -> None:
    assert parse_config("config.csv", f"name,value\n{old},x\n").values == {today: "x"}


@pytest.mark.parametrize(
    ("old", "today"),
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
def test_a_key_of_the_family_that_does_nothing_here_is_told_and_not_kept(old: str, today: str) -> None:
    read = parse_config("config.csv", f"name,value\n{old},x\n")

    assert read.values == {}
    assert [f"{fault.severity}: {fault.message}" for fault in read.diagnostics] == [
        f"not supported: `{today}` is not supported yet"
    ]


def test_values_may_hold_commas_quotes_and_lines() -> None:
    read = parse_config(
        "config.csv", 'name,value\nerror-message, "Sorry, ""we""\nbroke"\n\nbot-nme,x\naccess,everybody,x\n'
    )

    assert read.values == {"error-message": 'Sorry, "we"\nbroke'}
    assert [fault.position.line for fault in read.diagnostics] == [5, 6], (
        "faults know their lines, also after a long value"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("bot-name", "2 error: a line has a name and a value, this one has 1 columns"),
        ("bot-name,a,b", "2 error: a line has a name and a value, this one has 3 columns"),
        ("bot-name,", "2 error: `bot-name` has no value"),
        ('access," ,"', "2 error: `access` has no value"),
        ("locale,english please", "2 error: `english please` is no language, such as `en` or `pt-BR`"),
        (
            "error-message," + "x" * 8_001,
            "2 error: `error-message` is longer than a message, which has 8,000 characters at most",
        ),
        ("param-,1", "2 error: `` cannot be the name of a variable"),
        ("param-1st,1", "2 error: `1st` cannot be the name of a variable"),
        ("colour,red", "2 warning: `colour` is not known"),
        ("fallback-mesage,x", "2 warning: `fallback-mesage` is not known; did you mean `fallback-message`?"),
    ],
)
def test_a_fault_is_told_by_its_line(line: str, told: str) -> None:
    assert faults_of(f"name,value\n{line}\n") == [told]


def test_a_key_stands_once() -> None:
    assert faults_of("name,value\nbot-name,a\nBot Name,b\n") == ["3 error: `bot-name` is set twice"]


def test_what_is_no_csv_is_told() -> None:
    (fault,) = faults_of('name,value\nbot-name,"a" b\n')

    assert fault.startswith("1 error: this is no CSV file: ")


def test_parameters_are_variables_with_types() -> None:
    read = parse_config(
        "config.csv",
        "name,value\nbot-name,Shop\nparam-Tax-Rate,0.25\nparam-seats,12\nparam-open,TRUE\nparam-closed,false\n"
        "param-phone,+5511999998888\nparam-article,007\nparam-zero,0\nparam-half,0.5\nparam-url,https://example.com\nparam-note,\n",
    )

    assert get_variables(read.values) == {
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
def test_what_is_written_is_read(config: dict[str, str]) -> None:
    wanted = {key: "pt-BR" if key == "locale" else value for key, value in config.items()}
    rows = "".join(f'{key},"{value.replace('"', '""')}"\n' for key, value in wanted.items())

    read = parse_config("config.csv", "name,value\n" + rows)

    kept = {key: value.strip() for key, value in wanted.items()}
    empty = {key for key in ("bot-name", "access") if key in kept and not kept[key].strip(" ,")}
    assert read.values == {key: value for key, value in kept.items() if key not in empty}
    assert len(read.diagnostics) == len(empty)


@given(st.text())
def test_whatever_lies_there_is_read_or_refused_and_never_breaks(text: str) -> None:
    for given_text in (text, "name,value\n" + text):
        for fault in parse_config("config.csv", given_text).diagnostics:
            assert str(fault).startswith("config.csv:")
