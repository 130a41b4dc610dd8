"""Types of attachments, and the sign-in."""

from collections.abc import Callable

from basic.hear.hear_type import ANY_LENGTH, HearAnswer, HearType
from basic.turn import TurnFacts
from basic.values import Value, to_text


def build_attachment_parser(*content_types: str) -> Callable[[HearAnswer], Value]:
    """Return the parser of an attachment whose content type has one of these prefixes; it returns the first URL."""

    def parse(answer: HearAnswer) -> Value:
        for attachment in answer.attachments:
            if to_text(attachment.get("content_type")).lower().startswith(content_types):
                return attachment.get("url")
        return None

    return parse


def get_signed_in_user(turn: TurnFacts) -> str | None:
    """Return the id of the signed-in user, or None; the text of an answer does not matter."""
    return turn.user


TYPES = (
    HearType(
        "IMAGE",
        ("PHOTO", "PICTURE"),
        build_attachment_parser("image/"),
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
        build_attachment_parser("image/"),
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
        build_attachment_parser("audio/"),
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
        build_attachment_parser("video/"),
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
        build_attachment_parser(""),
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
        lambda answer: get_signed_in_user(answer.turn),
        "",
        "The id of the signed-in user, without asking; a visitor has to sign in and send a message",
        {
            "en": "Please sign in first, such as with the button of this page, and then send any message.",
            "pt": "Por favor, entre primeiro na sua conta, como pelo botão desta página, e depois envie uma mensagem.",
        },
        None,
        ANY_LENGTH,
        get_known_answer=get_signed_in_user,
    ),
)
