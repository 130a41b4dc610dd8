"""Output of BASIC bots: its limits, and the built-in sentences."""

import logging

import pytest

from basic import config
from tests.fakes.scripts import ADA, ScriptWorld

# ------------------------------------------------------------------------------------------------- limits of the output


def test_script_with_too_many_messages_fails_and_the_earlier_ones_are_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = ScriptWorld('row = "secret"\nDO WHILE LEN(row) < 7000\nrow = row + row\nLOOP\nDO\nTALK row\nLOOP')

    with caplog.at_level(logging.WARNING):
        messages = world.chat()

    assert "start.bas:6:1: the turn sends more than 64 messages of 8,000 characters" in caplog.text
    assert "secret" not in caplog.text
    assert len(messages) == 64
    text, _, apology = messages[-1].rpartition("\n")
    assert apology == config.SCRIPT_FAILED
    assert "".join([*messages[:-1], text]).replace("\n", "") == "secret" * 2_048 * 32


def test_tool_with_too_long_a_result_fails(caplog: pytest.LogCaptureFixture) -> None:
    tool = (
        'row = "x"\nDO WHILE LEN(row) < 130000\nrow = row + row\nLOOP\nTALK row\nTALK row\nTALK row\nRETURN row + "y"'
    )
    world = ScriptWorld('ADD SUGGESTION TOOL "all" AS "All"\nUSE TOOL "all"\nTALK "Well?"', {"all": tool})

    with caplog.at_level(logging.ERROR):
        messages = world.chat("All")

    assert "".join(messages).replace("\n", "") == "Well?" + "x" * 3 * 131_072 + config.SCRIPT_FAILED
    assert "script failed: all.bas:" in caplog.text
    assert "the turn sends more than 64 messages of 8,000 characters" in caplog.text


@pytest.mark.parametrize("nothing", ['""', "NOTHING", '"   "', '"\t"'])
def test_empty_talk_sends_no_message(nothing: str) -> None:
    world = ScriptWorld(f'TALK "before"\nTALK {nothing}\nHEAR x WITH ""\nTALK "after " + x')

    assert world.chat("all") == ["before", "after all"]


def test_turn_without_messages_continues() -> None:
    world = ScriptWorld('TALK ""\nHEAR x\nTALK x')
    world.add_connections(ADA, "phone")

    assert world.chat("hello") == ["hello"]


def test_messages_beyond_the_limit_with_pauses_are_all_sent() -> None:
    world = ScriptWorld("FOR i = 1 TO 90\nTALK i\nWAIT 1\nNEXT")

    assert "\n".join(world.chat()).split() == [str(number) for number in range(1, 91)]


# ---------------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize("locale", ["pt-BR", "pt_PT", "PT"])
def test_built_in_sentences_are_portuguese_for_portuguese_locales(locale: str) -> None:
    script = 'HEAR n AS INTEGER\nHEAR cor AS "Azul", "Verde"\nTALK n + cor\nIF n = 3 THEN TALK 1 / 0'
    world = ScriptWorld(script, locale=locale)

    assert world.chat("muitos", "3", "Roxo", "verde", "de novo", "4", "1", "mais?") == [
        "Por favor, informe um número inteiro, como 42.",
        "Por favor, escolha uma destas opções: Azul, Verde.",
        "3Verde",
        "Desculpe, algo deu errado do meu lado.",
        "4Azul",
        "Meu roteiro terminou, e não tenho um modelo de linguagem para continuar.",
    ]


@pytest.mark.parametrize(
    ("locale", "choose", "failed", "no_model"),
    [
        ("es-MX", "Elige una de estas opciones", "Lo siento, algo", "Mi guion ha terminado"),
        ("de", "Bitte wählen Sie eine dieser Möglichkeiten", "Entschuldigung, bei mir", "Mein Skript ist zu Ende"),
        ("ar-EG", "يرجى اختيار أحد هذه الخيارات", "عذرًا", "انتهى النص البرمجي"),
    ],
)
def test_built_in_sentences_are_in_the_languages_of_the_page(
    locale: str, choose: str, failed: str, no_model: str
) -> None:
    world = ScriptWorld('HEAR cor AS "Azul", "Verde"\nIF cor = "Azul" THEN TALK 1 / 0', locale=locale)

    chosen, fault, ended = world.chat("Roxo", "1", "again", "2", "?")

    assert chosen == f"{choose}: Azul, Verde."
    assert fault.startswith(failed)
    assert ended.startswith(no_model)


@pytest.mark.parametrize("locale", ["en", "fr-FR", "ptx"])
def test_built_in_sentences_are_english_for_other_locales(locale: str) -> None:
    world = ScriptWorld('HEAR cor AS "Azul", "Verde"\nIF cor = "Azul" THEN TALK 1 / 0', locale=locale)

    assert world.chat("Roxo", "1", "again", "2", "?") == [
        "Please choose one of these: Azul, Verde.",
        config.SCRIPT_FAILED,
        config.NO_MODEL,
    ]


def test_configured_sentences_replace_the_built_in_ones() -> None:
    script = 'HEAR x WITH "Sim?"\nIF x = 1 THEN TALK 1 / 0'
    world = ScriptWorld(script, locale="pt-BR", error_message="Opa!", fallback_message="Tchau!")

    assert world.chat("1", "?", "2", "?") == ["Sim?", "Opa!", "Sim?", "Tchau!"]
