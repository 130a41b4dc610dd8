"""Types of attachments, and the sign-in."""

from collections.abc import Callable

from basic.hear.hear_type import ANY_LENGTH, HearAnswer, HearType
from basic.turn import TurnFacts
from basic.values import Value, to_text


def build_attachment_parser(*content_types: str) -> Callable[[HearAnswer], Value]:
    """Return the parser of an attachment whose content type has one of these prefixes; it returns the first file."""

    def parse(answer: HearAnswer) -> Value:
        for attachment in answer.attachments:
            content_type = to_text(attachment.get("content_type"))
            if content_type.lower().startswith(content_types):
                file = {name: attachment.get(name) for name in ("name", "size", "url")}
                return file | {"type": content_type}
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
        "An attached image, as a map with `name`, `type`, `size` and `url`",
        {
            "en": "Please attach an image, such as a photo in JPEG or PNG.",
            "pt": "Por favor, anexe uma imagem, como uma foto em JPEG ou PNG.",
            "es": "Adjunta una imagen, como una foto en JPEG o PNG.",
            "de": "Bitte fügen Sie ein Bild an, etwa ein Foto als JPEG oder PNG.",
            "ar": "يرجى إرفاق صورة، مثل صورة بصيغة JPEG أو PNG.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "QRCODE",
        ("QR",),
        build_attachment_parser("image/"),
        "",
        "The file of an attached image of a QR code, as for IMAGE",
        {
            "en": "Please attach an image of a QR code, such as a photo of it.",
            "pt": "Por favor, anexe uma imagem de um código QR, como uma foto dele.",
            "es": "Adjunta una imagen de un código QR, como una foto.",
            "de": "Bitte fügen Sie das Bild eines QR-Codes an, etwa ein Foto.",
            "ar": "يرجى إرفاق صورة لرمز QR، مثل صورة ملتقطة له.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "AUDIO",
        ("VOICE", "SOUND"),
        build_attachment_parser("audio/"),
        "",
        "An attached recording, as for IMAGE",
        {
            "en": "Please attach a recording, such as a voice message.",
            "pt": "Por favor, anexe um áudio, como uma mensagem de voz.",
            "es": "Adjunta un audio, como un mensaje de voz.",
            "de": "Bitte fügen Sie eine Aufnahme an, etwa eine Sprachnachricht.",
            "ar": "يرجى إرفاق تسجيل صوتي، مثل رسالة صوتية.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "VIDEO",
        (),
        build_attachment_parser("video/"),
        "",
        "An attached video, as for IMAGE",
        {
            "en": "Please attach a video, such as one in MP4.",
            "pt": "Por favor, anexe um vídeo, como um em MP4.",
            "es": "Adjunta un vídeo, como uno en MP4.",
            "de": "Bitte fügen Sie ein Video an, etwa als MP4.",
            "ar": "يرجى إرفاق مقطع فيديو، مثل ملف MP4.",
        },
        None,
        ANY_LENGTH,
    ),
    HearType(
        "FILE",
        ("DOCUMENT", "DOC"),
        build_attachment_parser(""),
        "",
        "An attached file of any kind, as for IMAGE",
        {
            "en": "Please attach a file, such as a PDF.",
            "pt": "Por favor, anexe um arquivo, como um PDF.",
            "es": "Adjunta un archivo, como un PDF.",
            "de": "Bitte fügen Sie eine Datei an, etwa ein PDF.",
            "ar": "يرجى إرفاق ملف، مثل ملف PDF.",
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
            "es": "Inicia sesión primero, por ejemplo con el botón de esta página, y luego envía un mensaje.",
            "de": "Bitte melden Sie sich zuerst an, etwa auf dieser Seite, und senden Sie danach eine Nachricht.",
            "ar": "يرجى تسجيل الدخول أولًا، مثلًا بالزر في هذه الصفحة، ثم إرسال أي رسالة.",
        },
        None,
        ANY_LENGTH,
        get_known_answer=get_signed_in_user,
    ),
)
