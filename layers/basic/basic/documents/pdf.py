"""The text of PDF files, with pypdf."""

import io
import logging
from collections.abc import Iterator, Sequence

import pypdf
from pypdf import Configuration, apply_configuration
from pypdf.errors import PyPdfError

from basic.documents.limits import MAX_PAGES, MAX_UNPACKED_BYTES, Deadline
from basic.errors import ScriptError

LIMITS = Configuration(
    array_based_stream_maximum_output_length=MAX_UNPACKED_BYTES,
    image_maximum_buffer_size=MAX_UNPACKED_BYTES,
    lzw_maximum_output_length=MAX_UNPACKED_BYTES,
    maximum_declared_stream_length=MAX_UNPACKED_BYTES,
    run_length_maximum_output_length=MAX_UNPACKED_BYTES,
    zlib_maximum_output_length=MAX_UNPACKED_BYTES,
    stream_decoding_work_maximum_length=2 * MAX_UNPACKED_BYTES,
    stream_parsing_work_maximum_count=500_000,
    page_tree_maximum_entries=20 * MAX_PAGES,
    page_tree_maximum_page_entries=100 * MAX_PAGES,
    xform_maximum_invocations_per_extraction=500,
    jbig2dec_binary=None,
    disable_legacy_handling=True,
)
"""A stream may decompress to much more than it has, and be used again and again."""

# It warns of each fault of a file that it can live with, and quotes the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_MAX_CONTENT_BYTES = 4 * 1024 * 1024
"""Bytes of the commands that draw a page: pypdf parses some megabytes per second."""

_FAULTS = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, RecursionError)
"""What pypdf raises for a damaged file; not only errors of its own."""


def open_pdf(content: bytes, name: str) -> pypdf.PdfReader:
    """Open a PDF.

    Raises
    ------
    ScriptError
        If it is encrypted or damaged, or has too many pages.
    """
    try:
        with apply_configuration(LIMITS):
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted:
                raise ScriptError(f"{name} is encrypted; save it without a password")
            pages = len(reader.pages)
    except _FAULTS:
        raise build_damage(name) from None
    if pages > MAX_PAGES:
        raise ScriptError(f"{name} has more than {MAX_PAGES} pages")
    return reader


def build_damage(name: str) -> ScriptError:
    """Return the error for a file that cannot be read."""
    return ScriptError(f"{name} is no PDF, or is damaged")


def list_pages(content: bytes, name: str) -> Iterator[str]:
    """Return the texts of the pages of a PDF; a page that is a picture has none.

    Raises
    ------
    ScriptError
        As ``open_pdf``, and if it takes too long.
    """
    deadline = Deadline(name)
    for page in open_pdf(content, name).pages:
        deadline.check()
        try:
            with apply_configuration(LIMITS):
                text = _extract(page, name, deadline)
        except _FAULTS:
            raise build_damage(name) from None
        yield text


def _extract(page: pypdf.PageObject, name: str, deadline: Deadline) -> str:
    contents = page.get_contents()
    if contents is not None and len(contents.get_data()) > _MAX_CONTENT_BYTES:
        raise ScriptError(f"a page of {name} is larger than {_MAX_CONTENT_BYTES >> 20} MB")
    return page.extract_text(visitor_operand_before=lambda *_: deadline.check()).strip()


def merge_pdfs(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a PDF with the pages of several ones, which are named for messages; the same files are the same result.

    The result has no scripts, forms and attached files of the PDFs.

    Raises
    ------
    ScriptError
        If one is encrypted or damaged, or they have too many pages together.
    """
    deadline = Deadline("the PDF files")
    writer = pypdf.PdfWriter()
    for name, content in files:
        reader = open_pdf(content, name)
        if len(writer.pages) + len(reader.pages) > MAX_PAGES:
            raise ScriptError(f"the PDF files have more than {MAX_PAGES} pages together")
        try:
            with apply_configuration(LIMITS):
                for page in reader.pages:
                    deadline.check()
                    writer.add_page(page)
        except _FAULTS:
            raise build_damage(name) from None
    target = io.BytesIO()
    try:
        with apply_configuration(LIMITS):
            writer.write(target)
    except _FAULTS:
        raise ScriptError("the PDF files cannot be merged: one of them is damaged") from None
    return target.getvalue()
