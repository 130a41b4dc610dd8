"""Types that wait for an attachment, and for signing in."""

from collections.abc import Callable

from basic.hear.answer import ANY_LENGTH, Answer, HearType
from basic.values import Value, to_text


def attached(*kinds: str) -> Callable[[Answer], Value]:
    """Return the reader that takes the address of the first attachment whose content type begins like one of these."""

    def read(answer: Answer) -> Value:
        for attachment in answer.attachments:
            if to_text(attachment.get("content_type")).lower().startswith(kinds):
                return attachment.get("url")
        return None

    return read


def signed_in(answer: Answer) -> None:
    """Take no text: nobody signs in by writing."""


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
        signed_in,
        None,
        "Who signed in; a conversation has no way to sign in yet, so this is always NOTHING after three answers",
        {
            "en": "Please sign in, such as with the button of this page; it cannot be done by a message.",
            "pt": "Por favor, entre na sua conta, como pelo botão desta página; não é possível por mensagem.",
        },
        None,
        ANY_LENGTH,
    ),
)
