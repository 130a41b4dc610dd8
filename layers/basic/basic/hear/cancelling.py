"""The words that cancel a question."""

from collections.abc import Iterable, Mapping

from basic.hear.matching import drop_emoji, fold
from basic.turn import TurnFacts, get_language

CANCEL_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("cancel", "stop", "quit", "abort", "never mind", "nevermind", "forget it", "cancel it", "cancel that"),
    "pt": (
        *("cancelar", "cancela", "cancele", "parar", "pare", "sair", "desistir", "esquece", "esqueça"),
        *("deixa pra lá", "deixa para lá"),
    ),
    "es": ("cancelar", "cancela", "cancele", "parar", "detener", "salir", "olvídalo", "déjalo", "no importa"),
    "de": ("abbrechen", "abbruch", "stopp", "aufhören", "vergiss es", "lass es", "lassen wir das"),
    "ar": ("إلغاء", "ألغ", "الغي", "توقف", "قف", "انس الأمر", "لا تهتم", "لا يهم"),
}
"""The words by language. Those of English count in every language."""

CANCELLED_MESSAGES: Mapping[str, str] = {
    "en": "Then let us leave it at that.",
    "pt": "Então vamos deixar assim.",
    "es": "Entonces lo dejamos así.",
    "de": "Dann lassen wir es dabei.",
    "ar": "حسنًا، لنتوقف هنا.",
}
"""The message when a question was cancelled, unless the script handles it."""

_MAX_LENGTH = 100
"""Characters of an answer that can cancel."""

_POLITE = frozenset(("please", "por", "favor", "pf", "bitte", "thanks", "danke", "obrigado", "obrigada", "gracias"))


def is_cancel(text: str, facts: TurnFacts) -> bool:
    """Return whether an answer is nothing but a word of the bot that cancels, perhaps with a please."""
    answer = _reduce(text) if len(text) <= _MAX_LENGTH else ()
    return bool(answer) and any(_reduce(word) == answer for word in _list_words(facts))


def get_cancelled_message(facts: TurnFacts) -> str:
    """Return the message when a question was cancelled."""
    return CANCELLED_MESSAGES.get(get_language(facts.locale), CANCELLED_MESSAGES["en"])


def _list_words(facts: TurnFacts) -> Iterable[str]:
    if facts.cancel_words is not None:
        return facts.cancel_words
    return (*CANCEL_WORDS["en"], *CANCEL_WORDS.get(get_language(facts.locale), ()))


def _reduce(text: str) -> tuple[str, ...]:
    return tuple(word for word in drop_emoji(fold(text)) if word not in _POLITE)
