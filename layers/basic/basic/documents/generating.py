"""Generates PDF files from templates, with reportlab: the same template and values are the same file."""

import io
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any

import mistune
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import cm
from reportlab.platypus import SimpleDocTemplate
from reportlab.platypus.doctemplate import LayoutError

from basic.documents.filling import escape_html, escape_markdown, fill
from basic.documents.fonts import FAMILY, register_fonts
from basic.documents.layout import lay_out
from basic.documents.limits import Deadline
from basic.errors import ScriptError
from basic.values import Value

MAX_GENERATED_PAGES = 100
"""Pages of a PDF that a script generates: a second or two."""

MAX_PARTS = 5_000
"""Paragraphs, lines and tables of a PDF: 50 on each page."""

_MARGIN = 2 * cm
_HTML = re.compile(r"\s*(?:<!doctype\s|<!--|</?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
_LOCK = Lock()
"""The fonts of reportlab are shared by the threads of a function."""


def generate_pdf(template: str, data: Mapping[str, Value], name: str, title: str) -> bytes:
    """Return a PDF.

    Parameters
    ----------
    template
        HTML or Markdown with placeholders; see ``basic.documents.filling``. What does not begin with a tag is Markdown.
    data
        The values of the placeholders.
    name
        The name of the template, for messages.
    title
        The title that readers show.

    Raises
    ------
    ScriptError
        If a value is missing, or the document has too many pages or takes too long.
    """
    if _HTML.match(template):
        page = fill(template, data, name, escape_html)
    else:
        page = _convert_markdown(fill(template, data, name, escape_markdown))
    with _LOCK:
        return _build(page, name, title)


def _convert_markdown(text: str) -> str:
    convert = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
    return str(convert(text))


def _build(page: str, name: str, title: str) -> bytes:
    register_fonts()
    target = io.BytesIO()
    deadline = Deadline(name)
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author="",
        # Without the time and an id that is random.
        invariant=1,
    )

    failures: list[ScriptError] = []

    def finish_page(canvas: Any, _document: object) -> None:  # noqa: ANN401 - a canvas of reportlab, which has no types
        number = canvas.getPageNumber()
        try:
            _check_page(name, number, deadline)
        except ScriptError as error:
            # reportlab changes the message of an exception that passes through it.
            failures.append(ScriptError(*error.args))
            raise
        canvas.setFont(FAMILY, 8)
        canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, str(number))

    parts = lay_out(page)
    if not parts:
        raise ScriptError(f"{name} has no text")
    if len(parts) > MAX_PARTS:
        raise ScriptError(f"{name} has more than {MAX_PARTS:,} paragraphs, lines and tables")
    try:
        document.build(parts, onFirstPage=finish_page, onLaterPages=finish_page)
    except ScriptError as error:
        raise (failures or [error])[0] from None
    except LayoutError:
        raise ScriptError(f"a part of {name} is larger than a page") from None
    return target.getvalue()


def _check_page(name: str, number: int, deadline: Deadline) -> None:
    deadline.check()
    if number > MAX_GENERATED_PAGES:
        raise ScriptError(f"the PDF of {name} has more than {MAX_GENERATED_PAGES} pages")
