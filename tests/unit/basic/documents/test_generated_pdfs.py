"""PDF files from templates: their text, their layout, and what a template and its values may not do."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from basic.documents import generating, limits
from basic.documents.filling import MAX_FILLED, escape_html, escape_markdown, fill
from basic.documents.generating import MAX_GENERATED_PAGES, generate_pdf
from basic.documents.pdf import merge_pdfs
from basic.errors import ScriptError
from basic.values import Value
from tests.documents import build_pdf, encrypt_pdf, read_pdf

INVOICE = """<!DOCTYPE html><html><head><style>h1 { color: red }</style><title>no</title></head><body>
<div style="text-align: center"><h1>Fatura {{number}}</h1></div><p><b>Cliente:</b> {{customer.name}}</p>
<table><tr><th>Item</th><th align="right">Preço</th></tr>{{#each items}}
<tr><td>{{this.name}} <i>{{customer.name}}</i></td><td>${{price}}</td></tr>{{/each}}
<tr><td colspan="2">Total ${total}</td></tr></table><ol><li>um<li>dois</ol>
{{#if paid}}<p>pago</p>{{else}}<p>a pagar</p>{{/if}}<script>alert(1)</script></body></html>"""
DATA: dict[str, Value] = {
    "number": 7,
    "customer": {"name": "João & <Ana>"},
    "items": [{"name": "Chá", "price": 12.5}, {"name": "Café", "price": 7}],
    "total": 19.5,
    "paid": False,
}


def lines(template: str, data: dict[str, Value]) -> list[str]:
    """Return the lines of a generated PDF, without the numbers of its pages."""
    pages = read_pdf(generate_pdf(template, data, "a.html", "bill"))
    return [line.strip() for page in pages for line in page.splitlines()[1:] if line.strip()]


def refusal(template: str, data: dict[str, Value]) -> str:
    with pytest.raises(ScriptError) as error:
        generate_pdf(template, data, "a.html", "bill")
    return str(error.value)


def test_html_template_has_headings_tables_lists_and_conditions() -> None:
    assert lines(INVOICE, DATA) == [
        *("Fatura 7", "Cliente: João & <Ana>", "Item", "Preço", "Chá João & <Ana>", "$12.5", "Café João & <Ana>", "$7"),
        *("Total 19.5", "1. um", "2. dois", "a pagar"),
    ]


def test_markdown_template_has_headings_tables_and_lists() -> None:
    table = "| A | B |\n|---|---|\n{{#items}}| {{name}} | {{price}} |\n{{/items}}"
    template = f"# {{{{number}}}}\n\n**Total** *{{{{total}}}}*\n\n{table}\n\n- x"

    assert lines(template, DATA) == ["7", "Total 19.5", "A", "B", "Chá", "12.5", "Café", "7", "• x"]


def test_same_template_and_values_are_the_same_file() -> None:
    first = generate_pdf(INVOICE, DATA, "a.html", "bill")

    generate_pdf("Other characters: ŁΩЖ", {}, "b.md", "bill")

    assert generate_pdf(INVOICE, DATA, "a.html", "bill") == first


def test_readers_show_the_title() -> None:
    metadata = PdfReader(BytesIO(generate_pdf(INVOICE, DATA, "a.html", "bill"))).metadata

    assert metadata is not None
    assert metadata.title == "bill"


def test_characters_of_many_languages_are_in_the_file() -> None:
    assert lines("<p>ação Łódź Ωμέγα Жук €</p>", {}) == ["ação Łódź Ωμέγα Жук €"]


def test_long_table_goes_on_over_pages_with_its_heading_and_their_numbers() -> None:
    rows = "".join(f"<tr><td>row {number}</td></tr>" for number in range(100))
    pages = read_pdf(generate_pdf(f"<table><tr><th>Name</th></tr>{rows}</table>", {}, "a.html", "bill"))

    assert [page.split()[:2] for page in pages] == [[str(number), "Name"] for number in range(1, len(pages) + 1)]
    assert len(pages) > 2


def test_value_is_no_markup() -> None:
    forged: dict[str, Value] = {"name": "<h1>x</h1>\n\n# Paid\n| a | b |\n|---|---|\n| 0 | 0 |"}

    assert lines("<p>{{name}}</p>", forged)[0] == "<h1>x</h1>"
    assert len(lines("{{name}}", forged)) == 1
    assert lines("<div>{{{name}}}</div>", {"name": "<h1>x</h1><p>y"}) == ["x", "y"]


def test_page_reads_no_file_and_no_address() -> None:
    page = '<img src="file:///etc/passwd"><link href="http://x.test"><a href="file:///etc/passwd">here</a><p>x</p>'
    content = generate_pdf(page, {}, "a.html", "bill")

    assert b"passwd" not in content
    assert lines(page, {}) == ["here", "x"]


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{name}} {{missing}}", "a.html needs a value for missing"),
        ("{{#each items}}{{name}}", "a {{#each}} of a.html is not closed"),
        ("{{/each}}", "a.html has a {{/…}} or {{else}} without its block"),
        ("{{a b}}", "a.html has the placeholder {{a b}}, which is no name of a field"),
        ("{{#if a}}" * 9, "the blocks of a.html are nested more than 8 deep"),
        ("  ", "a.html has no text"),
        ("<hr>" * 5001, "a.html has more than 5,000 paragraphs, lines and tables"),
        ("<h1>x</h1>" * 2400, "the PDF of a.html has more than 100 pages"),
        ("<p>" + "x<br>" * 10_000, "a paragraph has more than 20,000 characters"),
    ],
)
def test_template_is_refused(template: str, sentence: str) -> None:
    assert refusal(template, {"name": "Ana", "items": [], "a": 1}) == sentence


def test_template_that_grows_too_long_is_refused() -> None:
    items: list[Value] = [1] * 1000
    template = "{{#each a}}{{#each a}}{{#each a}}x{{/each}}{{/each}}{{/each}}"

    assert refusal(template, {"a": items}) == f"a.html with its values has more than {MAX_FILLED // 1024} KB"


def test_pdf_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", -1.0)

    assert refusal("x", {}) == "reading a.html takes more than -1 seconds"


@given(st.text(alphabet=list("<>/abtrdhuliop1 =\"'&;#{}*|-\n"), max_size=120))
def test_any_template_is_a_pdf_or_refused(template: str) -> None:
    try:
        content = generate_pdf(f"<p>x</p>{template}", {"a": "b"}, "a.html", "bill")
    except ScriptError:
        return
    assert content.startswith(b"%PDF-")


TAGS = (
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</table>",
    "<ul>",
    "<li>",
    "</ul>",
    "<b>",
    "</b>",
    "<h1>",
    "</h1>",
    "<p>",
    "x",
)


@given(st.lists(st.sampled_from(TAGS), max_size=20))
def test_nesting_of_tags_does_not_matter(tags: list[str]) -> None:
    assert generate_pdf(f"<p>x</p>{''.join(tags)}", {}, "a.html", "bill").startswith(b"%PDF-")


def test_placeholders_know_the_rows_around_them() -> None:
    data: dict[str, Value] = {"a": [{"b": [1, 2], "n": "x"}, {"b": [], "n": "y"}], "N": "out", "t": True, "z": None}

    assert (
        fill("{{#each a}}{{n}}:{{#each b}}{{this}}{{else}}-{{/each}};{{/each}}{{N}}", data, "t", str) == "x:12;y:-;out"
    )
    assert fill("{{#unless z}}no{{/unless}}{{#if q}}yes{{/if}}{{z}}.{{#t}}in{{/t}}", data, "t", str) == "no.in"
    assert fill("$100 {{ N }} ${N} { {x} }", data, "t", str) == "$100 out out { {x} }"


@pytest.mark.parametrize(("text", "escaped"), [("a<b>\n&", "a&lt;b&gt;<br>&amp;"), ('"', "&quot;")])
def test_value_in_html_is_escaped(text: str, escaped: str) -> None:
    assert escape_html(text) == escaped


def test_value_in_markdown_stays_in_its_line() -> None:
    assert escape_markdown("1. a\n\n- b *c*") == r"1\. a \- b \*c\*"


def test_pages_of_several_pdfs_are_merged_in_their_order() -> None:
    files = [("b.pdf", build_pdf("um", "dois")), ("a.pdf", build_pdf("três"))]
    merged = merge_pdfs(files)

    assert read_pdf(merged) == ["um", "dois", "três"]
    assert merge_pdfs(files) == merged


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (encrypt_pdf(build_pdf("x")), "b.pdf is encrypted; save it without a password"),
        (b"%PDF-1.4 broken", "b.pdf is no PDF, or is damaged"),
        (build_pdf(*["x"] * 500), "the PDF files have more than 500 pages together"),
    ],
    ids=["encrypted", "damaged", "long"],
)
def test_pdfs_are_not_merged(content: bytes, sentence: str) -> None:
    with pytest.raises(ScriptError) as error:
        merge_pdfs([("a.pdf", build_pdf("x")), ("b.pdf", content)])

    assert str(error.value) == sentence


def test_pages_are_bounded() -> None:
    assert generating.MAX_GENERATED_PAGES == MAX_GENERATED_PAGES <= limits.MAX_PAGES
