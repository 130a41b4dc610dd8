"""Reading and checking bot packages."""

from pathlib import Path

import pytest

from basic.bundle import dump_bundle, load_bundle
from conversations.contract.registry import OPERATIONS
from conversations.domain.bot import Bot
from conversations.domain.turn import SaveState, SendMessage
from conversations.engines.rules import Program, RuleEngine, parse_program
from conversations.engines.webhook_bot import program as webhook_program
from tests.bots import SHIPPED
from tests.builders import a_conversation_id, a_message, a_turn
from tools.bots import files
from tools.bots.packages import RESERVED_IDS, Package, read_package

RULE_PACKAGES = [folder for folder in SHIPPED if (folder / "rules.toml").exists()]

VALID_RULES = """
name = "Support Bot"
description = "Knows the prices."

[greeting]
say = ["Hello!"]

[fallback]
say = ["Pardon?"]

[[rules]]
patterns = ["price", "how much"]
say = ["It is free."]
suggestions = ["Why?"]
"""


def create_rule_package(folder: Path, rules: str | bytes = VALID_RULES, *, name: str = "support.gbai") -> Path:
    package = folder / name
    package.mkdir()
    (package / "rules.toml").write_bytes(rules if isinstance(rules, bytes) else rules.encode())
    return package


def read_valid(folder: Path) -> Package:
    """Read a package that has no diagnostics."""
    result = read_package(folder)
    assert result.diagnostics == []
    assert result.package is not None
    return result.package


def read_invalid(folder: Path) -> list[str]:
    """Return the diagnostics of an invalid package."""
    result = read_package(folder)
    assert result.package is None
    return list(map(str, result.diagnostics))


# ---------------------------------------------------------------------------------------------- any package


def test_rule_package_is_read_as_a_bot(tmp_path: Path) -> None:
    bot = read_valid(create_rule_package(tmp_path)).bot

    assert (bot.id, bot.name, bot.description, bot.engine) == ("support", "Support Bot", "Knows the prices.", "rules")
    assert parse_program(bot.program).rules[0].say == ("It is free.",)


def test_description_and_rules_are_optional(tmp_path: Path) -> None:
    package = create_rule_package(
        tmp_path, 'name = "A"\nrules = []\ngreeting.say = ["Hi"]\nfallback.say = ["Pardon?"]\n'
    )

    assert read_valid(package).bot.description == ""


@pytest.mark.parametrize("name", ["a.gbai", "bot-123.gbai", "0.gbai", "a" * 63 + ".gbai"])
def test_package_name_is_the_bot_id(name: str, tmp_path: Path) -> None:
    assert read_valid(create_rule_package(tmp_path, name=name)).bot.id == name.removesuffix(".gbai")


@pytest.mark.parametrize(
    "name",
    ["support", "Support.gbai", "-a.gbai", ".gbai", "a b.gbai", "a#b.gbai", "a_b.gbai", "ä.gbai", "a" * 64 + ".gbai"],
)
def test_invalid_package_name_is_an_error(name: str, tmp_path: Path) -> None:
    package = create_rule_package(tmp_path, name=name)

    assert read_invalid(package) == [
        f"{package}: error: invalid package name: expected <bot>.gbai with lower-case letters, digits and hyphens"
    ]


@pytest.mark.parametrize("bot_id", ["openai", "agents", "conversations"])
def test_name_of_a_path_of_the_api_is_an_error(bot_id: str, tmp_path: Path) -> None:
    (error,) = read_invalid(create_rule_package(tmp_path, name=f"{bot_id}.gbai"))

    assert f"/api/{bot_id} is a path of the API" in error


def replace_in_rules(old: str, new: str) -> str:
    assert old in VALID_RULES
    return VALID_RULES.replace(old, new)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("name = ", "Invalid value"),
        (b"name = '\xff'", "utf-8"),
        ('name = "A"\nname = "B"', "Cannot overwrite"),
        (replace_in_rules('name = "Support Bot"', ""), "name: Field required"),
        (replace_in_rules('"Support Bot"', "5"), "name: Input should be a valid string"),
        (replace_in_rules('"Support Bot"', '""'), "name: String should have at least 1 character"),
        (replace_in_rules('"Support Bot"', '" "'), "name: String should have at least 1 character"),
        (replace_in_rules('"Knows the prices."', "[]"), "description: Input should be a valid string"),
        (replace_in_rules("[greeting]", "[welcome]"), "greeting: Field required"),
        (replace_in_rules("[fallback]", "[sorry]"), "fallback: Field required"),
        (replace_in_rules("[[rules]]", "[[rule]]"), "rule: Extra inputs are not permitted"),
        (replace_in_rules('"Hello!"', ""), "greeting.say: Tuple should have at least 1 item"),
        (replace_in_rules('"Hello!"', '"  "'), "greeting.say.0: String should have at least 1 character"),
        (replace_in_rules('["Hello!"]', '"Hello!"'), "greeting.say: Input should be a valid tuple"),
        (replace_in_rules('"Pardon?"', '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"'), "at most 10 items"),
        (replace_in_rules('["price", "how much"]', "[]"), "rules.0.patterns: Tuple should have at least 1 item"),
        (replace_in_rules('"how much"', "7"), "rules.0.patterns.1: Input should be a valid string"),
        (replace_in_rules('"how much"', '"* ?!"'), "rules.0.patterns.1: Value error, has no words"),
        (replace_in_rules("patterns =", "pattern ="), "rules.0.patterns: Field required"),
        (replace_in_rules('["Why?"]', "[1]"), "rules.0.suggestions.0: Input should be a valid string"),
        (replace_in_rules('"It is free."', '"' + "a" * 8_001 + '"'), "rules.0.say.0: String should have at most 8000"),
        (
            replace_in_rules('name = "Support Bot"', 'name = "A"\nsince = 2024-01-15'),
            "since: Extra inputs are not permitted",
        ),
    ],
)
def test_invalid_rules_are_reported_with_file_and_reason(rules: str | bytes, reason: str, tmp_path: Path) -> None:
    package = create_rule_package(tmp_path, rules)

    diagnostics = read_invalid(package)

    assert all(diagnostic.startswith(f"{package / 'rules.toml'}: error: ") for diagnostic in diagnostics)
    assert any(reason in diagnostic for diagnostic in diagnostics)


def test_all_errors_of_a_package_are_reported_at_once(tmp_path: Path) -> None:
    rules = replace_in_rules('"how much"', "7").replace("[greeting]", "[welcome]")

    diagnostics = read_invalid(create_rule_package(tmp_path, rules))

    assert [diagnostic.split(": ")[2] for diagnostic in diagnostics] == ["greeting", "rules.0.patterns.1", "welcome"]


def test_empty_package_is_an_error(tmp_path: Path) -> None:
    package = tmp_path / "empty.gbai"
    package.mkdir()

    assert read_invalid(package) == [
        (
            f"{package}: error: found no script in empty.gbdialog, no rules.toml, and no `llm-model` or `webhook-url`"
            " in config.csv"
        )
    ]


def test_missing_package_is_an_error(tmp_path: Path) -> None:
    assert read_invalid(tmp_path / "ghost.gbai") == [f"{tmp_path / 'ghost.gbai'}: error: folder not found"]


def test_shipped_packages_include_the_default_bot_and_a_rule_bot() -> None:
    assert "default.gbai" in [package.name for package in SHIPPED]
    assert RULE_PACKAGES


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_package_is_valid(folder: Path) -> None:
    assert read_valid(folder).bot.name


def _list_suggestions(program: Program) -> set[str]:
    responses = (program.greeting, program.fallback, *program.rules)
    return {suggestion for response in responses for suggestion in response.suggestions}


def _answer(bot: Bot, content: str) -> tuple[str, ...]:
    turn = a_turn(bot, a_message(a_conversation_id(), content=content))
    events = list(RuleEngine().run(turn))
    assert all(isinstance(event, SendMessage | SaveState) for event in events)
    return tuple(event.utterance.content for event in events if isinstance(event, SendMessage))


@pytest.mark.parametrize("package", RULE_PACKAGES, ids=lambda package: package.name)
def test_shipped_rule_bot_can_answer_its_suggestions(package: Path) -> None:
    bot = read_valid(package).bot
    program = parse_program(bot.program)
    rules = [rule.say for rule in program.rules]

    for suggestion in sorted(_list_suggestions(program)):
        assert _answer(bot, suggestion) in rules, f"{package.name} suggests {suggestion!r} and does not understand it"


@pytest.mark.parametrize("package", RULE_PACKAGES, ids=lambda package: package.name)
def test_each_rule_of_a_shipped_rule_bot_can_be_reached(package: Path) -> None:
    bot = read_valid(package).bot

    for rule in parse_program(bot.program).rules:
        reached = [_answer(bot, pattern.replace("*", " ")) == rule.say for pattern in rule.patterns]
        assert all(reached), f"another rule of {package.name} answers {rule.patterns[reached.index(False)]!r}"


# ---------------------------------------------------------------------------------------------- dialogs


def create_dialog_package(folder: Path, *, config: str | None = None, **scripts: str) -> Path:
    """Create a package with scripts by name."""
    package = folder / "shop.gbai"
    for name, text in scripts.items():
        write_file(package / f"shop.gbdialog/{name}.bas", text)
    if config is not None:
        write_file(package / "shop.gbot/config.csv", config)
    return package


def write_file(path: Path, content: str | bytes = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_dialog_package_is_read_as_a_bot_with_a_version(tmp_path: Path) -> None:
    folder = create_dialog_package(
        tmp_path, config='name,value\nbot-name,Shop\naccess,"staff, admins"\n', start='TALK "Hello"'
    )
    write_file(folder / "shop.gbkb/manuals/tea.md", "Tea.")

    package = read_valid(folder)

    assert package.bundle is not None
    version = package.bundle.program.id
    assert (package.bot.id, package.bot.name, package.bot.engine) == ("shop", "Shop", "basic")
    assert package.bot.access == ("staff", "admins")
    assert package.bot.program == {"version": version, "key": f"shop/{version}.json"}
    assert package.bundle.collections == {"manuals"}
    assert load_bundle(dump_bundle(package.bundle)) == package.bundle


def test_bot_without_configuration_is_public_and_named_like_its_id(tmp_path: Path) -> None:
    bot = read_valid(create_dialog_package(tmp_path, start="TALK 1")).bot

    assert (bot.name, bot.description, bot.access) == ("shop", "", "public")


def test_version_depends_on_the_content_of_the_package_only(tmp_path: Path) -> None:
    versions = [
        read_valid(folder).bot.program["version"]
        for folder in (
            create_dialog_package(tmp_path / "a", config="name,value\nerror-message,Oh\n", start="TALK 1"),
            create_dialog_package(tmp_path / "b", config="key,value\nError Message,Oh\n", start="TALK 1"),
            create_dialog_package(tmp_path / "c", config="name,value\nerror-message,Oh!\n", start="TALK 1"),
            create_dialog_package(tmp_path / "d", config="name,value\nerror-message,Oh\n", start="TALK 2"),
        )
    ]

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_diagnostics_of_all_files_have_a_line_and_a_caret(tmp_path: Path) -> None:
    folder = create_dialog_package(
        tmp_path, config="name,value\naccess,\nbot-nam,Shop\n", start='TALK UBOND([1])\nCALL "helo"', hello="IF 1 THEN"
    )
    write_file(folder / "shop.gbdialog/broken.bas", b'TALK "ok"\nTALK "\xff"')
    scripts, config = folder / "shop.gbdialog", folder / "shop.gbot/config.csv"

    diagnostics = read_invalid(folder)

    assert diagnostics == [
        f"{config}:2:1: error: `access` has no value\n  access,\n  ^",
        f"{config}:3:1: warning: unknown key `bot-nam`; did you mean `bot-name`?\n  bot-nam,Shop\n  ^",
        f"{scripts}/broken.bas: error: line 2 is not valid UTF-8",
        f"{scripts}/hello.bas:1:1: error: IF has no END IF\n  IF 1 THEN\n  ^",
        (
            f"{scripts}/start.bas:1:6: error: unknown function `UBOND`; did you mean `UBOUND`?\n"
            "  TALK UBOND([1])\n       ^"
        ),
        (
            f"{scripts}/start.bas:2:1: warning: the bot has no script `helo`, so this fails when it is reached; did you"
            ' mean `hello`?\n  CALL "helo"\n  ^'
        ),
    ]


def test_unsupported_features_are_reported_and_do_not_prevent_publishing(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, config="name,value\nllm-server,true\n", start='BOOK MEETING "a", "b"')
    write_file(folder / "shop.gbtheme/shop.css")

    result = read_package(folder)

    assert result.package is not None
    assert result.package.bundle is not None
    assert result.package.bundle.config == {}, "a value that is not used is not published"
    assert [str(text).splitlines()[0].removeprefix(f"{folder}/shop.") for text in result.diagnostics] == [
        "gbot/config.csv:2:1: not supported: `llm-server` is not supported yet",
        "gbtheme: not supported: this folder is ignored",
        "gbdialog/start.bas:1:1: not supported: BOOK MEETING is not supported yet",
    ]


MODEL = "name,value\nbot-name,Shop\nllm-model,small\nllm-key,ssm:/bots/shop\n"


def test_package_with_a_model_and_no_scripts_is_a_model_bot(tmp_path: Path) -> None:
    write_file(tmp_path / "shop.gbai/shop.gbot/config.csv", MODEL)

    package = read_valid(tmp_path / "shop.gbai")

    assert (package.bot.engine, package.bot.name, package.bot.waits) == ("model", "Shop", True)
    assert package.bundle is None
    assert package.bot.program == {"config": {"bot-name": "Shop", "llm-model": "small", "llm-key": "ssm:/bots/shop"}}


def test_key_in_the_configuration_of_a_model_bot_prevents_publishing(tmp_path: Path) -> None:
    write_file(tmp_path / "shop.gbai/shop.gbot/config.csv", MODEL.replace("ssm:/bots/shop", "sk-1234"))

    (diagnostic,) = read_invalid(tmp_path / "shop.gbai")

    assert "config.csv:4:1: error: `llm-key` must be a reference" in diagnostic
    assert "sk-1234" not in diagnostic


def test_bot_with_a_model_waits_and_its_scripts_may_use_it(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, config=MODEL, start='TALK LLM("Name a colour")')

    package = read_valid(folder)

    assert (package.bot.engine, package.bot.waits) == ("basic", True)
    assert package.bundle is not None
    assert package.bundle.config["llm-model"] == "small"


def test_bot_without_a_model_does_not_wait(tmp_path: Path) -> None:
    assert not read_valid(create_dialog_package(tmp_path, start='TALK "Hi"')).bot.waits


@pytest.mark.parametrize(
    ("config", "prompt"), [("", "Be kind."), ('system-prompt,"Be short."\n', "Be short.\n\nBe kind.")]
)
def test_prompt_file_is_the_end_of_the_system_prompt(config: str, prompt: str, tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, config=MODEL + config, start='TALK "Hi"')
    write_file(folder / "shop.gbot/PROMPT.md", "\nBe kind.\n")

    package = read_valid(folder)

    assert package.bundle is not None
    assert package.bundle.config["system-prompt"] == prompt


@pytest.mark.parametrize(
    ("config", "text", "report"),
    [
        ("name,value\n", "Be kind.", "warning: the prompt is ignored: config.csv names no `llm-model`"),
        (MODEL, "x" * 32_001, "error: `system-prompt` is longer than 32,000 characters"),
        (MODEL, b"\xff", "error: line 1 is not valid UTF-8"),
    ],
)
def test_prompt_file_that_is_not_used_is_reported(config: str, text: str | bytes, report: str, tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, config=config, start='TALK "Hi"')
    write_file(folder / "shop.gbot/PROMPT.md", text)

    assert list(map(str, read_package(folder).diagnostics)) == [f"{folder / 'shop.gbot/PROMPT.md'}: {report}"]


def test_ignored_files_and_a_missing_start_script_are_warnings(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, help='TALK "?"')
    write_file(folder / "shop.gbdialog/notes.txt")
    write_file(folder / "shop.gbkb/loose.md")

    result = read_package(folder)

    assert result.package is not None
    assert [str(text).removeprefix(f"{folder}/shop.") for text in result.diagnostics] == [
        "gbkb/loose.md: warning: this file is not in a collection; collections are folders",
        "gbdialog/notes.txt: warning: not a script: the file name does not end in .bas",
        "gbdialog: warning: no start.bas: the bot sends no greeting",
    ]


def test_second_folder_of_a_kind_is_an_error(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1", config="name,value\n")
    write_file(folder / "store.gbot/config.csv", "name,value\n")

    assert read_invalid(folder) == [f"{folder}/store.gbot: error: this folder must be named shop.gbot, like the bot"]


@pytest.mark.parametrize(
    ("files", "report"),
    [
        (
            ("store.gbdialog/start.bas",),
            "store.gbdialog: warning: this folder must be named shop.gbdialog, like the bot",
        ),
        (("start.bas",), "start.bas: warning: scripts belong in the folder shop.gbdialog"),
        (("shop.gbdialog/start.bas", "shop.gbdialog/start.ast", "shop.gbdialog/start.mcp.json"), None),
    ],
)
def test_layouts_of_older_packages_are_accepted(files: tuple[str, ...], report: str | None, tmp_path: Path) -> None:
    folder = tmp_path / "shop.gbai"
    for file in files:
        write_file(folder / file, "TALK 1")
    write_file(folder / "shop.gbkb/manuals/notes.md", "not a script")

    result = read_package(folder)

    assert result.package is not None
    assert result.package.bundle is not None
    assert list(result.package.bundle.program.scripts) == ["start"]
    assert list(map(str, result.diagnostics)) == ([] if report is None else [f"{folder}/{report}"])


def test_script_in_another_folder_is_warned_of(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1")
    write_file(folder / "shop.gbai/report.bas", "TALK 2")
    write_file(folder / "shop.gbdrive/notes.bas", "a file of the bot")

    assert list(map(str, read_package(folder).diagnostics)) == [
        f"{folder}/shop.gbai/report.bas: warning: this script is not read; scripts belong in the folder shop.gbdialog"
    ]


def test_package_with_rules_and_scripts_is_an_error(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1")
    write_file(folder / "rules.toml", VALID_RULES)

    assert read_invalid(folder) == [
        f"{folder}: error: the package has both rules.toml and shop.gbdialog; only one is allowed"
    ]


def test_scripts_in_subfolders_are_called_by_name(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start='CALL "later"')
    write_file(folder / "shop.gbdialog/more/later.bas", "\ufeffTALK 1")

    bundle = read_valid(folder).bundle

    assert bundle is not None
    assert {name: script.file for name, script in bundle.program.scripts.items()} == {
        "start": "start.bas",
        "later": "more/later.bas",
    }


def test_configuration_parameters_are_variables_of_scripts(tmp_path: Path) -> None:
    config = "name,value\nparam-first-hour,9\n"

    (diagnostic,) = read_package(
        create_dialog_package(tmp_path, config=config, start="TALK first_hour\nTALK first_hor")
    ).diagnostics

    assert "start.bas:2:6: warning: `first_hor` is never assigned; did you mean `first_hour`?" in str(diagnostic)


def test_unknown_knowledge_base_is_a_warning(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start='USE KB "manuals"\nUSE KB "tea"')
    write_file(folder / "shop.gbkb/manuals/a.md", "a")

    result = read_package(folder)

    assert result.package is not None
    (diagnostic,) = result.diagnostics
    assert "start.bas:2:8: warning: the bot has no knowledge base `tea`, so this is ignored" in str(diagnostic)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MAX_BYTES", "{folder}: error: the package is larger than 0 MB"),
        ("MAX_FILE_BYTES", "{folder}/shop.gbkb/manuals/a.md: error: this file is larger than 0 MB"),
        ("MAX_SCRIPT_BYTES", "{folder}/shop.gbdialog/start.bas: error: this script is larger than 0 MB"),
        ("MAX_FILES", "{folder}: error: the package has 2 files; at most 1 are allowed"),
    ],
)
def test_package_at_a_limit_is_valid_and_above_it_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, message: str
) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1")
    write_file(folder / "shop.gbkb/manuals/a.md", "123456")
    write_file(folder / ".git/objects", "not part of the package" * 100)
    size = {"MAX_BYTES": 12, "MAX_FILES": 2}.get(limit, 6)

    monkeypatch.setattr(files, limit, size)
    read_valid(folder)
    monkeypatch.setattr(files, limit, size - 1)

    assert read_invalid(folder) == [message.format(folder=folder)]


def test_limits_are_those_of_general_bots() -> None:
    assert files.MAX_BYTES == 100 * 1024 * 1024
    assert files.MAX_FILE_BYTES == 10 * 1024 * 1024
    assert files.MAX_SCRIPT_BYTES == 1024 * 1024
    assert files.MAX_FILES == 1_000
    assert files.MAX_COLLECTIONS == 50


def test_more_than_fifty_collections_are_an_error(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1")
    for number in range(51):
        write_file(folder / f"shop.gbkb/c{number}/a.md", "a")

    assert read_invalid(folder) == [
        f"{folder}/shop.gbkb: error: the package has 51 collections; at most 50 are allowed"
    ]


def test_symbolic_link_is_an_error(tmp_path: Path) -> None:
    folder = create_dialog_package(tmp_path, start="TALK 1")
    outside = write_file(tmp_path / "outside/secret.bas", "TALK 2")
    (folder / "shop.gbdialog/secret.bas").symlink_to(outside)
    (folder / "shop.gbkb").symlink_to(outside.parent)

    assert read_invalid(folder) == [
        f"{folder}/shop.gbkb: error: symbolic links are not allowed in a package",
        f"{folder}/shop.gbdialog/secret.bas: error: symbolic links are not allowed in a package",
    ]


# ---------------------------------------------------------------------------------------------- webhook bots

WEBHOOK_CONFIG = "name,value\nwebhook-url,https://bots.example/shop\nwebhook-secret,ssm:/bots/shop\n"


def test_package_with_a_bot_server_and_no_scripts_is_a_webhook_bot(tmp_path: Path) -> None:
    config = f"{WEBHOOK_CONFIG}webhook-secret-previous,secretsmanager:shop-old\nwelcome-message,Hi!\nhistory-limit,5\n"

    package = read_valid(create_dialog_package(tmp_path, config=config))

    assert package.bundle is None
    assert (package.bot.engine, package.bot.waits) == ("webhook", True)
    assert webhook_program.parse_program(package.bot.program) == webhook_program.Program(
        url="https://bots.example/shop",
        secrets=("ssm:/bots/shop", "secretsmanager:shop-old"),
        history_limit=5,
        welcome="Hi!",
        fallback="I cannot answer that just now. Please try again later.",
        error="Sorry, something went wrong on my side.",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://bots.example",
        "https://bots.example:8443/a?code=1",
        "http://localhost:9000/",
        "http://127.0.0.1:9000/a",
        "http://[::1]:9000",
    ],
)
def test_url_of_a_bot_server_is_https_or_of_this_machine(url: str, tmp_path: Path) -> None:
    config = WEBHOOK_CONFIG.replace("https://bots.example/shop", url)

    assert read_valid(create_dialog_package(tmp_path, config=config)).bot.program["url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://bots.example/shop",
        "http://10.0.0.1/",
        "ftp://bots.example",
        "bots.example",
        "https://",
        "https://bots.example:x/",
        "https://bots.example/#a",
        "https://ada:password@bots.example/",
        f"https://bots.example/{'x' * 2_000}",
    ],
)
def test_other_url_of_a_bot_server_is_an_error(url: str, tmp_path: Path) -> None:
    config = WEBHOOK_CONFIG.replace("https://bots.example/shop", url)

    assert "`webhook-url` must" in read_invalid(create_dialog_package(tmp_path, config=config))[0]


def test_secret_in_the_configuration_of_a_webhook_bot_prevents_publishing(tmp_path: Path) -> None:
    config = WEBHOOK_CONFIG.replace("ssm:/bots/shop", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    report = "\n".join(read_invalid(create_dialog_package(tmp_path, config=config)))

    assert "must be a reference" in report
    assert "whsec_" not in report


@pytest.mark.parametrize(
    ("config", "scripts", "reason"),
    [
        ("name,value\nwebhook-url,https://bots.example\n", {}, "`webhook-url` needs `webhook-secret`"),
        ("name,value\nwebhook-secret,ssm:/a\n", {"start": "TALK 1"}, "`webhook-secret` has no `webhook-url`"),
        (WEBHOOK_CONFIG, {"start": "TALK 1"}, "a bot has either scripts or `webhook-url`"),
        (f"{WEBHOOK_CONFIG}llm-model,small\n", {}, "a bot has either `webhook-url` or `llm-model`"),
    ],
)
def test_values_of_a_webhook_bot_fit_together(
    config: str, scripts: dict[str, str], reason: str, tmp_path: Path
) -> None:
    assert any(reason in line for line in read_invalid(create_dialog_package(tmp_path, config=config, **scripts)))


def test_reserved_ids_are_the_first_parts_of_the_paths_of_the_api() -> None:
    first_parts = {operation.path.split("/")[1] for operation in OPERATIONS}

    assert {part for part in first_parts if "{" not in part} == RESERVED_IDS
