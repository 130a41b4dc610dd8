"""The text of Word documents (``.docx``), without headers and footers."""

from basic.documents.limits import check_text
from basic.documents.xml_parts import Handler, OfficeFile

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n"}


class _Text(Handler):
    """Collects paragraphs as lines, and the cells of a row of a table with tabs between them."""

    def __init__(self, name: str) -> None:
        self.pieces: list[str] = []
        self._name = name
        self._length = 0
        self._in_text = False
        self._cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        self._in_text = name == "t"
        if name in _BREAKS:
            self._add(_BREAKS[name])
        elif name == "tc":
            self._cells += 1

    def data(self, text: str) -> None:
        if self._in_text:
            self._add(text)

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "tc":
            self._cells -= 1
            self._add("\t")
        elif name == "tr":
            self._add("\n")
        elif name == "p":
            self._add(" " if self._cells else "\n")

    def _add(self, text: str) -> None:
        self._length += len(text)
        check_text(self._name, self._length)
        self.pieces.append(text)


def extract_word_text(content: bytes, name: str) -> str:
    """Return the text of a Word document.

    Raises
    ------
    ScriptError
        If it is damaged, encrypted or too large.
    """
    text = _Text(name)
    OfficeFile(content, name).parse("word/document.xml", text)
    lines = "".join(text.pieces).split("\n")
    return "\n".join("\t".join(cell.strip() for cell in line.split("\t")).rstrip() for line in lines).strip()
