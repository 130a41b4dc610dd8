"""Types of names, languages, colours, passwords and other text."""

import re
import unicodedata
from collections.abc import Mapping

from basic.hear.hear_type import ANY_LENGTH, HearAnswer, HearType, simplify
from basic.hear.sentences import find_known_words, find_runs

_BETWEEN_NAMES = " -'\N{RIGHT SINGLE QUOTATION MARK}"
_MIN_NAME_LENGTH, _MAX_NAME_LENGTH = 2, 100

_LANGUAGES: Mapping[str, str] = {
    "en": "english ingles englisch anglais inglese",
    "pt": "portuguese portugues brazilian",
    "es": "spanish espanol espanhol castellano",
    "fr": "french francais frances",
    "de": "german deutsch alemao aleman",
    "it": "italian italiano",
    "nl": "dutch nederlands holandes neerlandes",
    "pl": "polish polski polones polaco",
    "ru": "russian русскии russo ruso",
    "tr": "turkish turkce turco",
    "ar": "arabic العربية arabe",
    "hi": "hindi हिनदी",
    "ja": "japanese 日本語 japones",
    "ko": "korean 한국어 coreano",
    "zh": "chinese 中文 chines chino mandarin",
}
"""ISO 639-1 codes, and the names of the languages in English, in themselves, in Portuguese and Spanish."""

_LANGUAGE_CODES = {simplify(name): code for code, names in _LANGUAGES.items() for name in (code, *names.split())}

_COLORS: Mapping[str, str] = {
    "#000000": "black preto negro",
    "#C0C0C0": "silver prata plata",
    "#808080": "gray grey cinza gris",
    "#FFFFFF": "white branco blanco",
    "#800000": "maroon bordo",
    "#FF0000": "red vermelho rojo",
    "#800080": "purple roxo morado",
    "#FF00FF": "fuchsia magenta",
    "#008000": "green verde",
    "#00FF00": "lime",
    "#808000": "olive oliva",
    "#FFFF00": "yellow amarelo amarillo",
    "#000080": "navy",
    "#0000FF": "blue azul",
    "#008080": "teal",
    "#00FFFF": "aqua cyan ciano",
    "#FFA500": "orange laranja naranja",
    "#FFC0CB": "pink rosa",
    "#A52A2A": "brown marrom marron",
    "#F5F5DC": "beige bege",
    "#FFD700": "gold dourado dorado",
    "#EE82EE": "violet violeta",
    "#40E0D0": "turquoise turquesa",
}
"""The values of CSS Color Level 4, section 6.1, and the names in English, Portuguese and Spanish."""

_COLOR_CODES = {name: value for value, names in _COLORS.items() for name in names.split()}
_HEX = re.compile(r"#?(?P<digits>[0-9a-f]{6})|#(?P<short>[0-9a-f]{3})", re.ASCII)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)", re.ASCII)

_find_colors = find_known_words(_COLOR_CODES, 3)
_find_hex = find_runs("#")

_INTRODUCTION = re.compile(
    r"(?:(?:hi|hello|oi|olá|hola|hallo),? )?(?:my name is|my name's|i am|i['\u2019]m|this is|(?:o )?meu nome é"
    r"|eu sou(?: [oa])?|me chamo|mi nombre es|me llamo|yo soy|ich hei(?:ß|ss)e|ich bin|mein name ist|اسمي|أنا) +",
    re.IGNORECASE,
)
"""What people say before their names."""

PLACEHOLDER = "********"
"""The value of a variable instead of a password, and the stored text of its message; it hides the length."""

_MIN_PASSWORD_LENGTH = 8


def parse_name(answer: HearAnswer) -> str | None:
    """Parse a person's name."""
    words = " ".join(unicodedata.normalize("NFC", answer.text).split()).rstrip(".!")
    while introduction := _INTRODUCTION.match(words):
        words = words[introduction.end() :]
    if not _MIN_NAME_LENGTH <= len(words) <= _MAX_NAME_LENGTH or not all(map(_is_name_character, words)):
        return None
    if words[0] in _BETWEEN_NAMES or words[-1] == "-":
        return None
    return re.sub(rf"[^{re.escape(_BETWEEN_NAMES)}]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), words)


def _is_name_character(character: str) -> bool:
    """Return whether a character is a letter, a combining mark (as half the vowels of Hindi) or a separator."""
    return unicodedata.category(character)[0] in "LM" or character in _BETWEEN_NAMES


def parse_language(answer: HearAnswer) -> str | None:
    """Parse the name or the code of a language; the code may include a country."""
    simplified = simplify(answer.text)
    code = re.fullmatch(r"([a-z]{2})[-_][a-z]{2,4}", simplified)
    return _LANGUAGE_CODES.get(code[1] if code else simplified)


def parse_color(answer: HearAnswer) -> str | None:
    """Parse the name of a colour or its red, green and blue."""
    simplified = simplify(answer.text)
    if match := _HEX.fullmatch(simplified):
        return "#" + (match["digits"] or "".join(digit * 2 for digit in match["short"])).upper()
    if match := _RGB.fullmatch(simplified):
        parts = [int(part) for part in match.groups()]
        return "#" + "".join(f"{part:02X}" for part in parts) if max(parts) <= 255 else None  # noqa: PLR2004 - a byte
    return _COLOR_CODES.get(simplified)


def parse_password(answer: HearAnswer) -> str | None:
    """Validate a password and return a placeholder."""
    return PLACEHOLDER if len(answer.text) >= _MIN_PASSWORD_LENGTH else None


def redact_all(_text: str) -> str:
    """Redact the message, also if it is too short: it may be the beginning of the next attempt."""
    return PLACEHOLDER


def parse_text(answer: HearAnswer) -> str:
    """Accept any text."""
    return answer.text


TYPES = (
    HearType(
        "TEXT",
        ("STRING", "ANY"),
        parse_text,
        "",
        "Any text",
        {
            "en": "Please enter a text.",
            "pt": "Por favor, informe um texto.",
            "es": "Introduce un texto.",
            "de": "Bitte geben Sie einen Text ein.",
            "ar": "يرجى إدخال نص.",
        },
        ("Hello!", "Hello!"),
        ANY_LENGTH,
    ),
    HearType(
        "NAME",
        (),
        parse_name,
        "",
        "A name of 2 to 100 letters, spaces, hyphens and apostrophes, with capital initials",
        {
            "en": "Please enter a name of letters, such as Maria Souza.",
            "pt": "Por favor, informe um nome com letras, como Maria Souza.",
            "es": "Introduce un nombre con letras, como María Sosa.",
            "de": "Bitte geben Sie einen Namen aus Buchstaben ein, etwa Maria Sommer.",
            "ar": "يرجى إدخال اسم من حروف، مثل مريم سالم.",
        },
        ("maria SOUZA", "Maria Souza"),
    ),
    HearType(
        "LANGUAGE",
        ("LANG",),
        parse_language,
        "",
        "A language as its ISO 639-1 code, from its name or its code",
        {
            "en": "Please enter a language, such as English, pt or Español.",
            "pt": "Por favor, informe um idioma, como português, en ou Español.",
            "es": "Introduce un idioma, como español, en o português.",
            "de": "Bitte geben Sie eine Sprache ein, etwa Deutsch, en oder Español.",
            "ar": "يرجى إدخال لغة، مثل العربية أو en.",
        },
        ("Português", "pt"),
        find=find_known_words(_LANGUAGE_CODES, 3),
    ),
    HearType(
        "COLOR",
        ("COLOUR",),
        parse_color,
        "",
        "A colour as #RRGGBB, from its name, from hexadecimal digits or from rgb()",
        {
            "en": "Please enter a colour, such as red or #FF0000.",
            "pt": "Por favor, informe uma cor, como vermelho ou #FF0000.",
            "es": "Introduce un color, como rojo o #FF0000.",
            "de": "Bitte geben Sie eine Farbe ein, etwa red oder #FF0000.",
            "ar": "يرجى إدخال لون، مثل red أو #FF0000.",
        },
        ("red", "#FF0000"),
        find=lambda text: [f"#{digits}" for digits in _find_hex(text)] + _find_colors(text),
    ),
    HearType(
        "PASSWORD",
        ("PASS", "SECRET"),
        parse_password,
        "",
        "A password of at least 8 characters; the variable and the conversation hold a placeholder, never the password",
        {
            "en": "Please enter a password of at least 8 characters.",
            "pt": "Por favor, informe uma senha com pelo menos 8 caracteres.",
            "es": "Introduce una contraseña de al menos 8 caracteres.",
            "de": "Bitte geben Sie ein Passwort mit mindestens 8 Zeichen ein.",
            "ar": "يرجى إدخال كلمة مرور من 8 أحرف على الأقل.",
        },
        ("correct horse", PLACEHOLDER),
        ANY_LENGTH,
        redact_all,
    ),
)
