"""``config.csv``: both headers, current and old keys, and the diagnostics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.bot_server_config import BOT_SERVER_KEYS
from basic.config import KEYS, TIME_ZONE, get_variables, parse_config
from basic.embedding_config import EMBEDDING_KEYS
from basic.mcp_config import McpServer, list_mcp_servers
from basic.model_config import MODEL_KEYS, has_model


def diagnose(text: str) -> list[str]:
    """Return the diagnostics of a file without its name and the text of the line."""
    return [
        f"{diagnostic.position.line} {diagnostic.severity}: {diagnostic.message}"
        for diagnostic in parse_config("config.csv", text).diagnostics
        if diagnostic.position is not None
    ]


@pytest.mark.parametrize("header", ["name,value", "key,value", "Name, Value", '"key","value"', "\ufeffname,value"])
def test_both_headers_are_accepted(header: str) -> None:
    assert parse_config("config.csv", f"{header}\nbot-name,Shop\n") == ({"bot-name": "Shop"}, [])


@pytest.mark.parametrize("text", ["", "\n", "name;value\n", "name\n", "# only a comment\n"])
def test_file_without_a_header_or_an_entry_is_an_error(text: str) -> None:
    assert diagnose(text) == ["1 error: the first line must be `name,value`, `key,value` or an entry"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("bot-name,Shop\n", {"bot-name": "Shop"}),
        ("# ours\nname,value\n# theirs\nbot-name,Shop\n", {"bot-name": "Shop"}),
        ("name,value,comment\nbot-name,Shop,ours\n", {"bot-name": "Shop"}),
        ("name,value\naccess,staff,hr\n", {"access": "staff,hr"}),
        ("name,value\nerror-message,Sorry, we are closed\n", {"error-message": "Sorry, we are closed"}),
    ],
)
def test_files_of_general_bots_are_accepted(text: str, values: dict[str, str]) -> None:
    parsed = parse_config("config.csv", text)

    assert parsed.values == values
    assert parsed.diagnostics == []


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("Bot Name", "bot-name"),
        ("bot  NAME", "bot-name"),
        ("Bot Description", "bot-description"),
        ("Error Message", "error-message"),
        ("Fallback Message", "fallback-message"),
        ("Welcome Message", "welcome-message"),
        ("LLM Model", "llm-model"),
        ("System  Prompt", "system-prompt"),
        ("BOT-NAME", "bot-name"),
        ("Param Tax Rate", "param-tax-rate"),
    ],
)
def test_old_keys_are_renamed(old: str, current: str) -> None:
    assert parse_config("config.csv", f"name,value\n{old},x\n").values == {current: "x"}


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("Theme Color", "theme-color1"),
        ("Answer Mode", "answer-mode"),
        ("Start Dialog", "start-dialog"),
        ("Session Timeout", "session-timeout"),
        ("Timeout Message", "timeout-message"),
        ("llm-server", "llm-server"),
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
    parsed = parse_config("config.csv", 'name,value\nerror-message, "Sorry, ""we""\nbroke"\n\nbot-nme,x\naccess\n')

    assert parsed.values == {"error-message": 'Sorry, "we"\nbroke'}
    assert [fault.position and fault.position.line for fault in parsed.diagnostics] == [5, 6], (
        "faults know their lines, also after a long value"
    )


@pytest.mark.parametrize(
    ("line", "diagnostic"),
    [
        ("access", "2 error: this line is ignored: a name and a value are expected, with a comma between them"),
        ("Shop", "2 warning: this line is ignored: a name and a value are expected, with a comma between them"),
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


CHECKED_KEYS = (MODEL_KEYS.keys() | BOT_SERVER_KEYS.keys() | EMBEDDING_KEYS.keys() | {TIME_ZONE}) - {
    "llm-model",
    "llm-endpoint-path",
    "system-prompt",
}


@given(st.dictionaries(st.sampled_from(sorted(KEYS.keys() - CHECKED_KEYS)), st.text("ab,\" '\N{SNOWMAN}", min_size=1)))
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


# ------------------------------------------------------------------------------------------------- language model


@pytest.mark.parametrize(
    "line",
    [
        "llm-provider,openai",
        "llm-provider,Bedrock",
        "llm-provider,ollama",
        "llm-url,http://localhost:8081",
        "llm-url,https://models.example:8443/v1",
        "llm-endpoint-path,/v1/chat/completions",
        "llm-key,",
        "llm-key,none",
        "llm-key,ssm:/bots/openai.key",
        "llm-key,secretsmanager:bots/openai",
        "llm-temperature,0",
        "llm-temperature,0.7",
        "llm-temperature,2.0",
        "llm-temperature,",
        "llm-server-ctx-size,4096",
        "max-tokens,2048",
        "history-limit,0",
        "system-prompt,Be kind.",
    ],
)
def test_settings_of_a_model_are_accepted(line: str) -> None:
    key, _, value = line.partition(",")

    parsed = parse_config("config.csv", f"name,value\nllm-model,small\n{line}\n")

    assert parsed == ({"llm-model": "small", key: value}, [])


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("max-context-messages,20", ("history-limit", "20")),
        ("llm-max-tokens,100", ("max-tokens", "100")),
        ("temperature,1", ("llm-temperature", "1")),
        ("llm-api-key,none", ("llm-key", "none")),
    ],
)
def test_other_names_of_model_settings_are_renamed(old: str, current: tuple[str, str]) -> None:
    assert parse_config("config.csv", f"name,value\n{old}\n").values == dict([current])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "llm-provider,anthropic",
            "unknown provider `anthropic`; use `bedrock`, or `openai` with the URL of an OpenAI-compatible endpoint",
        ),
        ("llm-url,models.example", "`llm-url` must be an http or https URL without a query"),
        ("llm-url,ftp://models.example", "`llm-url` must be an http or https URL without a query"),
        ("llm-url,https://models.example/?a=b", "`llm-url` must be an http or https URL without a query"),
        ("llm-url,http://[::1", "`llm-url` must be an http or https URL without a query"),
        ("llm-temperature,2.1", "`llm-temperature` must be a number from 0 to 2"),
        ("llm-temperature,warm", "`llm-temperature` must be a number from 0 to 2"),
        ("llm-server-ctx-size,511", "`llm-server-ctx-size` must be a whole number from 512 to 1,000,000"),
        ("max-tokens,0", "`max-tokens` must be a whole number from 1 to 32,000"),
        ("max-tokens,1.5", "`max-tokens` must be a whole number from 1 to 32,000"),
        ("history-limit,101", "`history-limit` must be a whole number from 0 to 100"),
        ("system-prompt," + "x" * 32_001, "`system-prompt` is longer than 32,000 characters"),
    ],
)
def test_invalid_setting_of_a_model_is_an_error(line: str, message: str) -> None:
    assert diagnose(f"name,value\nllm-model,small\n{line}\n") == [f"3 error: {message}"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("llm-key,sk-1234", "sk-1234"),
        ("LLM API Key , sk-1234", "sk-1234"),
        ('"llm-key","sk-1234"', "sk-1234"),
        ("llm-key,${OPENAI_KEY}", "OPENAI_KEY"),
        ("llm-key,ssm:relative", "relative"),
        ("embedding-key,sk-1234", "sk-1234"),
        ("channel-token,t-1234", "t-1234"),
        ("llm-secret,sk-1234,x", "sk-1234"),
        ("llm-url,https://user:sk-1234@models.example", "sk-1234"),
    ],
)
def test_secret_is_neither_published_nor_printed(line: str, secret: str) -> None:
    parsed = parse_config("config.csv", f"name,value\nllm-model,small\n{line}\n")

    assert parsed.values == {"llm-model": "small"}
    assert secret not in "".join(map(str, parsed.diagnostics))
    assert len(parsed.diagnostics) == 1


def test_settings_without_a_model_are_a_warning() -> None:
    text = "name,value\nbot-name,Shop\nllm-provider,openai\nllm-url,https://models.example\nllm-model,none\n"

    assert diagnose(text) == ["3 warning: without `llm-model` the bot has no language model"]
    assert not has_model(parse_config("config.csv", text).values)


# ------------------------------------------------------------------------------------------------- MCP servers


def test_servers_are_read_with_their_keys() -> None:
    text = (
        "name,value\nmcp-server-weather,https://mcp.example/mcp\nMCP-Key-Weather,ssm:/bots/weather\n"
        "mcp-server-maps,https://maps.example\nmcp-key-maps,none\n"
    )

    parsed = parse_config("config.csv", text)

    assert parsed.diagnostics == []
    assert list_mcp_servers(parsed.values) == [
        McpServer("weather", "https://mcp.example/mcp", "ssm:/bots/weather"),
        McpServer("maps", "https://maps.example", ""),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("mcp-server-a,mcp.example", "`mcp-server-a` must be an http or https URL without a query"),
        (
            "mcp-key-a,sk-1",
            "`mcp-key-a` must be a reference, `ssm:/NAME` or `secretsmanager:NAME`; a key in this file is not secret",
        ),
        (
            "mcp-server-,https://a.example",
            "`mcp-server-`: the name of the server must have 1 to 20 letters, digits and hyphens",
        ),
        (
            "mcp-server-a_b,https://a.example",
            "`mcp-server-a_b`: the name of the server must have 1 to 20 letters, digits and hyphens",
        ),
    ],
)
def test_invalid_server_is_an_error(line: str, message: str) -> None:
    assert diagnose(f"name,value\n{line}\n") == [f"2 error: {message}"]


def test_number_of_servers_is_bounded() -> None:
    lines = "".join(f"mcp-server-s{number},https://a.example\n" for number in range(6))

    assert diagnose("name,value\n" + lines) == ["7 error: a bot has at most 5 MCP servers"]
