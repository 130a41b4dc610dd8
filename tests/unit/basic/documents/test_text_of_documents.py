"""The text of documents, and what documents of strangers may not take."""

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.documents import limits
from basic.documents.texts import extract_pages, extract_rows, extract_text
from basic.errors import ScriptError
from tests.cpu_time import takes_at_most
from tests.documents import build_docx, build_pdf, build_stream, build_xlsx, build_zip, encrypt_pdf, join_objects

EXCEL_DATES = (
    r'<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="0 &quot;days&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
)


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(ScriptError) as error:
        extract_text(content, name)
    return str(error.value)


# ------------------------------------------------------------------------------------------------------------------ PDF
def test_pdf_has_the_text_of_its_pages() -> None:
    content = build_pdf("Chá verde", "", "Total: 12")

    assert extract_pages(content, "menu.pdf") == ["Chá verde", "", "Total: 12"]
    assert extract_text(content, "application/pdf") == "Chá verde\n\nTotal: 12"


def test_encrypted_pdf_is_refused() -> None:
    assert refusal(encrypt_pdf(build_pdf("x")), "a.pdf") == "a.pdf is encrypted; save it without a password"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"no PDF at all", build_pdf("x")[:-200], build_pdf("x")[200:]])
def test_damaged_pdf_raises_no_other_error(content: bytes) -> None:
    with contextlib.suppress(ScriptError):
        assert extract_text(content, "a.pdf") in ("", "x")


def test_other_content_is_no_pdf() -> None:
    assert refusal(b"a text", "a.pdf") == "a.pdf is no PDF, or is damaged"


@given(position=st.integers(0, 900), replacement=st.binary(min_size=1, max_size=20))
def test_changed_pdf_raises_no_other_error(position: int, replacement: bytes) -> None:
    content = build_pdf("Hello", "World")
    changed = content[:position] + replacement + content[position + len(replacement) :]

    with contextlib.suppress(ScriptError):
        extract_text(changed, "a.pdf")


def test_pdf_with_too_many_pages_is_refused() -> None:
    content = build_pdf(*["x"] * (limits.MAX_PAGES + 1))

    assert refusal(content, "a.pdf") == "a.pdf has more than 500 pages"


def build_drawing(content: bytes) -> bytes:
    stream = build_stream(zlib.compress(content, 9), b"/Filter/FlateDecode")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    return join_objects([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream])


def test_pdf_that_decompresses_to_too_much_is_refused_in_little_time() -> None:
    content = build_drawing(b" " * (limits.MAX_UNPACKED_BYTES + 1))

    assert len(content) < 50_000
    assert takes_at_most(3, lambda: refusal(content, "a.pdf"))
    assert refusal(content, "a.pdf") == "a.pdf is no PDF, or is damaged"


def test_page_of_a_pdf_with_too_many_commands_is_refused() -> None:
    assert refusal(build_drawing(b"0 0 m\n" * 800_000), "a.pdf") == "a page of a.pdf is larger than 4 MB"


def test_pdf_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", -1.0)

    assert refusal(build_pdf("x"), "a.pdf") == "reading a.pdf takes more than -1 seconds"


# ----------------------------------------------------------------------------------------------------------------- Word
def test_word_document_has_its_paragraphs_and_the_rows_of_its_tables() -> None:
    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    content = build_docx(
        "<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>Menu de </w:t></w:r><w:r><w:t>maio</w:t></w:r></w:p>"
        f"{paragraph('Ana &amp; Bia')}<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc>{paragraph('Chá')}</w:tc><w:tc>{paragraph('12')}</w:tc></w:tr></w:tbl>{paragraph('Fim')}"
        "<w:p><w:r><w:delText>removed</w:delText></w:r></w:p>"
    )

    assert extract_text(content, "menu.docx") == "Menu de maio\nAna & Bia\na\nb\tc\nChá\t12\nFim"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"text", build_zip({"other.xml": "<a/>"}), build_zip({"word/document.xml": "<a"})]
)
def test_damaged_word_document_is_refused(content: bytes) -> None:
    assert refusal(content, "a.docx") == "a.docx is no office document, or is damaged"


def test_encrypted_or_old_office_document_is_refused() -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600

    assert "is encrypted, or of Office 97" in refusal(content, "a.docx")
    assert refusal(content, "a.xls") == "a.xls is of Office 97; save it as .xlsx"


def test_entities_of_an_office_document_are_refused() -> None:
    xml = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><t>&x;</t></a>'

    assert refusal(build_zip({"word/document.xml": xml}), "a.docx") == "a.docx is no office document, or is damaged"


def test_office_document_that_unpacks_to_too_much_is_refused_in_little_time() -> None:
    content = build_docx(" " * limits.MAX_UNPACKED_BYTES)

    assert len(content) < 100_000
    assert takes_at_most(2, lambda: refusal(content, "a.docx"))
    assert refusal(content, "a.docx") == "a.docx has more than 20 MB when it is unpacked"


def test_office_document_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", -1.0)

    assert refusal(build_docx("<w:p/>"), "a.docx") == "reading a.docx takes more than -1 seconds"


# ---------------------------------------------------------------------------------------------------------------- Excel
def test_rows_of_a_workbook_are_maps_with_the_keys_of_its_first_row() -> None:
    content = build_xlsx(
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="inlineStr"><is><t>Price</t></is></c>'
        '<c r="D2" t="str"><v>On</v></c></row>'
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4"><v>12.5</v></c><c r="C4"><v>9</v></c>'
        '<c r="D4" s="1"><v>46143</v></c></row>'
        '<row r="5"><c r="A5" t="b"><v>1</v></c><c r="B5" s="3"><v>7</v></c><c r="D5" s="2"><v>46143.75</v></c></row>',
        texts=["Name", "Chá"],
        styles=EXCEL_DATES,
    )

    assert extract_rows(content, "prices.xlsx") == [
        {"Name": "Chá", "Price": 12.5, "On": "2026-05-01"},
        {"Name": True, "Price": 7, "On": "2026-05-01 18:00:00"},
    ]


def test_text_of_a_workbook_has_all_sheets() -> None:
    content = build_xlsx("<row><c><v>1</v></c><c><v>2</v></c></row>", Other='<row><c t="str"><v>x</v></c></row>')

    assert extract_text(content, "a.xlsx") == "1\t2\n\nx"


def test_dates_of_a_workbook_of_a_mac_count_from_1904() -> None:
    row = '<row><c s="1"><v>0.5</v></c><c s="1"><v>1</v></c></row>'

    assert extract_text(build_xlsx(row, styles=EXCEL_DATES, properties='<workbookPr date1904="1"/>'), "a.xlsx") == (
        "12:00:00\t1904-01-02"
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ('<row r="10001"/>', "a.xlsx has more than 10,000 rows"),
        ('<row><c r="XFD1"><v>1</v></c></row>', "a.xlsx has more than 200,000 cells or 256 columns"),
        ('<row r="x"/>', "a.xlsx is no office document, or is damaged"),
        ("<row><c><v>one</v></c></row>", "a.xlsx is no office document, or is damaged"),
    ],
)
def test_workbook_is_refused(rows: str, sentence: str) -> None:
    assert refusal(build_xlsx(rows), "a.xlsx") == sentence


def test_text_that_a_workbook_uses_in_many_cells_counts_each_time() -> None:
    rows = '<row><c t="s"><v>0</v></c></row>' * 5000

    assert refusal(build_xlsx(rows, texts=["x" * 1000]), "a.xlsx") == "a.xlsx has more than 4 million characters"


# ---------------------------------------------------------------------------------------------------------------- texts
def test_web_page_has_what_a_reader_sees() -> None:
    html = (
        "<head><title>x</title></head><script>let a</script><h1>Chá</h1><p>Green &amp;\n <b>black</b></p><!-- no -->"
        "<table><tr><th>Name</th><th>Price</th></tr><tr><td>Tea</td><td>12</td></tr></table><ul><li>a<li>b</ul>"
    )

    assert extract_text(html.encode(), "a.htm") == "Chá\n\nGreen & black\n\nName\tPrice\n\nTea\t12\n\n- a\n- b"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Tea<!-- <!-- no --> pot", "Tea pot"),
        ("Tea<!--> pot<!---> 1", "Tea pot 1"),
        ("Tea<!-- pot", "Tea"),
        ("Tea<![if !mso]> pot<![endif]>", "Tea pot"),
        ("Tea<![no[pot]]> 1", "Tea 1"),
        ("Tea <2 pots", "Tea <2 pots"),
        ("Tea <b", "Tea <b"),
    ],
)
def test_broken_web_page_is_read_as_far_as_it_can_be(html: str, text: str) -> None:
    assert extract_text(html.encode(), "a.htm") == text


@pytest.mark.parametrize("part", ["<!--", "<a ", "</", "<a =", "<", "<![", "<?"])
def test_web_page_takes_linear_time(part: str) -> None:
    html = (part * (200_000 // len(part))).encode()

    assert takes_at_most(2, lambda: extract_text(html, "a.htm"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_may_have_the_encodings_of_windows(encoding: str) -> None:
    assert extract_text("Preço: 12 €".encode(encoding), "a.txt") == "Preço: 12 €"


def test_binary_content_is_no_text() -> None:
    assert refusal(b"\0\1\2", "a.bin") == "a.bin is not a text"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name,price\nTea,12\nCoffee,7\n", [{"name": "Tea", "price": "12"}, {"name": "Coffee", "price": "7"}]),
        ('name;price\r\n"Green; tea";12,5\r\n\r\n', [{"name": "Green; tea", "price": "12,5"}]),
        ("a,,b\n1,2,3,4\n5\n", [{"a": "1", "b": "3"}, {"a": "5", "b": ""}]),
        ("", []),
    ],
)
def test_rows_of_a_csv_file_are_maps(text: str, rows: list[object]) -> None:
    assert extract_rows(text.encode(), "a.csv") == rows
