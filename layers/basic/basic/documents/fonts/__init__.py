"""The fonts of documents: DejaVu Sans, whose characters are Latin, Greek, Cyrillic, Hebrew and Arabic."""

from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FAMILY = "DejaVuSans"
_FOLDER = Path(__file__).parent
_FACES = (FAMILY, f"{FAMILY}-Bold", f"{FAMILY}-Oblique", f"{FAMILY}-BoldOblique")


def register_fonts() -> None:
    """Make the fonts known to reportlab, once."""
    if FAMILY in pdfmetrics.getRegisteredFontNames():
        return
    for face in _FACES:
        pdfmetrics.registerFont(TTFont(face, str(_FOLDER / f"{face}.ttf")))
    normal, bold, italic, both = _FACES
    pdfmetrics.registerFontFamily(FAMILY, normal=normal, bold=bold, italic=italic, boldItalic=both)
