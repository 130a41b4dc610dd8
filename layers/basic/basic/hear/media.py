"""Types that wait for an attachment, and for signing in."""

from collections.abc import Callable

from basic.hear.answer import ANY_LENGTH, Answer, HearType
from basic.turn import TurnFacts
from basic.values import Value, to_text


def attached(*kinds: str) -> Callable[[Answer], Value]:
    """Return the reader that takes the address of the first attachment whose content type begins like one of these."""

    def read(answer: Answer) -> Value:
        for attachment in answer.attachments:
            if to_text(attachment.get("content_type")).lower().startswith(kinds):
                return attachment.get("url")
        return None

    return read


def who_is_signed_in(turn: TurnFacts) -> str | None:
    """Return who is: what they write does not matter, for nobody signs in by writing."""
    return turn.user


TYPES = (
    HearType(
        "IMAGE",
        ("PHOTO", "PICTURE"),
        attached("image/"),
        "",
        "The address of an attached image",
        {
            "en": "Please attach an image, such as a photo in JPEG or PNG.",
            "pt": "Por favor, anexe uma imagem, como uma foto em JPEG ou PNG.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "QRCODE",
        ("QR",),
        attached("image/"),
        "",
        "The address of an attached image of a QR code",
        {
            "en": "Please attach an image of a QR code, such as a photo of it.",
            "pt": "Por favor, anexe uma imagem de um código QR, como uma foto dele.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "AUDIO",
        ("VOICE", "SOUND"),
        attached("audio/"),
        "",
        "The address of an attached recording",
        {
            "en": "Please attach a recording, such as a voice message.",
            "pt": "Por favor, anexe um áudio, como uma mensagem de voz.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "VIDEO",
        (),
        attached("video/"),
        "",
        "The address of an attached video",
        {
            "en": "Please attach a video, such as one in MP4.",
            "pt": "Por favor, anexe um vídeo, como um em MP4.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "FILE",
        ("DOCUMENT", "DOC"),
        attached(""),
        "",
        "The address of an attached file of any kind",
        {
            "en": "Please attach a file, such as a PDF.",
            "pt": "Por favor, anexe um arquivo, como um PDF.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "LOGIN",
        ("AUTH",),
        lambda answer: who_is_signed_in(answer.turn),
        "",
        "The id of the user who is signed in, at once if one is; a visitor is waited for until the message after that",
        {
            "en": "Please sign in first, such as with the button of this page, and then send any message.",
            "pt": "Por favor, entre primeiro na sua conta, como pelo botão desta página, e depois envie uma mensagem.",
        },
        None,
        ANY_LENGTH,
        known=who_is_signed_in,
    ),
)
