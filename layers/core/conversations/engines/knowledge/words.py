"""The words of a text, as the search compares them: without case and accents, and by their stems.

There is one rule for all languages instead of a stemmer for each: a word has a stem, which is what remains without a
usual ending, up to five letters. It joins *return* and *returned*, *política* and *políticas*, *Lieferung* and
*Lieferzeiten*. A word that matches exactly counts more than one that only shares its stem (``index.py``).
"""

import re
import unicodedata
from collections.abc import Iterator

STEM_LENGTH = 5
"""Letters of a stem. Words that are cut after four to five letters are found about as well as by stemmers of European
languages (McNamee and Mayfield, Character N-Gram Tokenization for European Language Text Retrieval, 2004)."""

_MIN_REST = 3
"""Letters that remain of a word without its ending."""

_ENDINGS = re.compile(r"(?:coes|cao|ciones|cion|mente|ungen|ung|ings?|ies|ed|es|en|er|em|os|as|[aeinosy])$")
_ARABIC_ENDINGS = re.compile("(?:ها|ات|ون|ين|ان|ية|[هةي])$")  # noqa: RUF001 - Arabic
_ARABIC_BEGINS = re.compile("^(?:وال|بال|كال|فال|لل|ال)(?=..)")
_WORD = re.compile(r"\w+")
_IDEOGRAMS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_FOLDED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "ı": "i", "ى": "ي", "ة": "ه", "ـ": "", "_": " "})  # noqa: RUF001 - letters without a decomposition

_QUESTION_WORDS = """
a about am an and any are as at be been but by can could did do does for from had has have how i if in into is it its
know like long many may me much my of on or our please should so some tell that the their them then there these they
this to us want was we were what when where which who whom whose why will with would you your

ao aos com como da das de do dos e ela ele em era esta este eu foi ha isso isto ja la mais mas me meu minha na nao nas
no nos o os ou para pela pelo por posso qual quais quando quanto que quem quero se ser seu sua sao tem tempo um uma
voces voce

al como con cual cuales cuando cuanto de del donde el ella en es ese eso esta este hay la las le lo los mi mis muy no
nos o para pero por porque puedo que quien quiero se ser si sin son su sus tiempo tiene un una unas unos usted y yo

aber als am an auf aus bei bin bis bitte da das dass dem den der des die doch du ein eine einen einer eines er es euch
euer fur gibt habe haben hat hier ich ihr ihre im in ist ja kann kein keine lange mein meine mit mir nach nicht noch
nur oder sein sich sie sind so um und uns unser viel viele von vor wann warum was wenn wer werden wie wir wird wo zu
zum zur

ان او اي الى التي الذي انا انت عن على في كان كم كيف لا ما متى مع من هذا هذه هل هو هي و يا اين
"""

STOP_WORDS = frozenset(_QUESTION_WORDS.split())
"""Words of questions that say nothing about their subject: English, Portuguese, Spanish, German and Arabic, folded."""


def fold(text: str) -> str:
    """Return a text in lower case, without accents, vowel signs and variants of letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_FOLDED)


def list_words(text: str) -> list[str]:
    """Return the words of a text, folded. Text without blanks between its words gives pairs of its characters."""
    return [word for run in _WORD.findall(fold(text)) for word in _split_ideograms(run)]


def _split_ideograms(run: str) -> Iterator[str]:
    end = 0
    for match in _IDEOGRAMS.finditer(run):
        if run[end : match.start()]:
            yield run[end : match.start()]
        characters, end = match[0], match.end()
        yield from (characters[index : index + 2] for index in range(max(len(characters) - 1, 1)))
    if run[end:]:
        yield run[end:]


def get_stem(word: str) -> str:
    """Return the stem of a folded word; numbers and pairs of ideograms are their own."""
    if not word.isalpha():
        return word
    short = _ARABIC_BEGINS.sub("", word)
    for endings in (_ARABIC_ENDINGS, _ENDINGS):
        match = endings.search(short)
        if match is not None and match.start() >= _MIN_REST:
            short = short[: match.start()]
    return short[:STEM_LENGTH]
