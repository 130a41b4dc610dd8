"""``conversations bots run`` with a language model."""

from io import StringIO
from pathlib import Path

from basic.host import HttpRequest, HttpResponse
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from tests.fakes.models import FakeModels, FakeSecrets, Step, calls, says
from tools.bots import terminal
from tools.bots.model_session import SessionModels, create_model_session
from tools.bots.packages import read_package

MODEL = "name,value\nwelcome-message,Welcome!\nllm-model,small\n"


def write_package(folder: Path, **scripts: str) -> Path:
    package = folder / "shop.gbai"
    (package / "shop.gbot").mkdir(parents=True)
    (package / "shop.gbot/config.csv").write_text(MODEL)
    for name, text in scripts.items():
        (package / "shop.gbdialog").mkdir(exist_ok=True)
        (package / f"shop.gbdialog/{name}.bas").write_text(text)
    return package


def no_server(_request: HttpRequest, _seconds: float) -> HttpResponse:
    raise AssertionError


def run(folder: Path, answers: list[list[Step]], *inputs: str) -> tuple[list[str], FakeModels]:
    """Return the lines of the bot, and what its model was asked."""
    package = read_package(folder).package
    assert package is not None
    models = FakeModels([*answers])
    session_models = SessionModels(Answerer(models, models.clock, models.sleep), McpClient(no_server, FakeSecrets()))
    session = create_model_session(package, session_models, StringIO())
    output, errors = StringIO(), StringIO()
    assert terminal.run_session(session, inputs, output, errors, lambda _seconds: None)
    assert errors.getvalue() == ""
    return [line.removeprefix("Bot: ") for line in output.getvalue().splitlines()], models


def test_bot_without_scripts_answers_with_its_model(tmp_path: Path) -> None:
    lines, models = run(write_package(tmp_path), [says("Tea."), says("Two euros.")], "What?", "How much?")

    assert lines == ["Welcome!", "Tea.", "Two euros."]
    assert models.list_prompts()[1] == [
        ("assistant", "Welcome!"),
        ("user", "What?"),
        ("assistant", "Tea."),
        ("user", "How much?"),
    ]


def test_model_of_a_bot_of_scripts_calls_its_tools(tmp_path: Path) -> None:
    folder = write_package(
        tmp_path,
        start='USE TOOL "book"\nTALK "Hi"',
        book='PARAM day AS STRING\nDESCRIPTION "Books."\nn = n + 1\nRETURN day + n',
    )
    answers = [calls("book", day="Monday "), says("Booked."), calls("book", day="Friday "), says("That too.")]

    lines, models = run(folder, answers, "Monday", "Friday, too")

    assert lines == ["Hi", "Booked.", "That too."]
    assert [prompt[-1][1] for prompt in models.list_prompts() if prompt[-1][0] == "tool"] == ["Monday 1", "Friday 2"]


def test_llm_asks_the_model(tmp_path: Path) -> None:
    lines, _ = run(write_package(tmp_path, start='HEAR x\nTALK LLM("A name for " + x)'), [says("Rex")], "a dog")

    assert lines == ["Rex"]
