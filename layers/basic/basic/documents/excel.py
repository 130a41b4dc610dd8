"""The values of Excel workbooks (``.xlsx``): what the cells showed when it was saved; formulas are not computed."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from basic.documents.limits import MAX_CELLS, MAX_ROWS, check_text
from basic.documents.xml_parts import Handler, OfficeFile
from basic.errors import ScriptError

_MAX_COLUMNS = 256
_DATE_FORMATS = frozenset({*range(14, 23), *range(45, 48)})
"""The numbers of the date and time formats that every workbook has (ECMA-376, part 1, 18.8.30)."""

_NO_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATE_CODE = re.compile(r"[dmyhs]", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})\d+")

type Cell = str | int | float | bool


class Sheet(NamedTuple):
    """A sheet of a workbook: its name, and its rows, each as long as its last value."""

    name: str
    rows: Sequence[Sequence[Cell]]


def read_sheets(content: bytes, name: str, *, first_only: bool = False) -> Iterator[Sheet]:
    """Return the sheets of a workbook.

    Raises
    ------
    ScriptError
        If it is damaged, encrypted or too large.
    """
    file = OfficeFile(content, name)
    workbook = _Workbook()
    file.parse("xl/workbook.xml", workbook)
    targets = _Relations()
    file.parse("xl/_rels/workbook.xml.rels", targets)
    texts = _SharedTexts(name)
    if file.has("xl/sharedStrings.xml"):
        file.parse("xl/sharedStrings.xml", texts)
    styles = _Styles()
    if file.has("xl/styles.xml"):
        file.parse("xl/styles.xml", styles)
    cells = 0
    for sheet_name, relation in workbook.sheets[: 1 if first_only else None]:
        target = targets.paths.get(relation)
        if target is None:
            raise file.build_damage()
        sheet = _Rows(name, texts.texts, styles.dates, workbook.epoch, cells)
        file.parse(target, sheet)
        cells = sheet.cells
        yield Sheet(sheet_name, sheet.rows)


class _Workbook(Handler):
    """The names of the sheets with their relations, and day 0 of its dates."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        # Excel believes that 1900 was a leap year, so days after February 1900 count from the day before.
        self.epoch = datetime(1899, 12, 30)  # noqa: DTZ001 - dates of a workbook have no zone

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - dates of a workbook have no zone


class _Relations(Handler):
    """The paths of the parts by their relations."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            self.paths[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _SharedTexts(Handler):
    """The texts that cells refer to."""

    def __init__(self, name: str) -> None:
        self.texts: list[str] = []
        self._name = name
        self._pieces: list[str] = []
        self._length = 0
        self._in_text = False
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        self._in_text = name == "t" and not self._phonetic
        self._phonetic = self._phonetic or name == "rPh"

    def data(self, text: str) -> None:
        if self._in_text:
            self._length += len(text)
            check_text(self._name, self._length)
            self._pieces.append(text)

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.texts.append("".join(self._pieces))
            self._pieces.clear()


class _Styles(Handler):
    """Whether each style of a cell shows a date."""

    def __init__(self) -> None:
        self.dates: list[bool] = []
        self._formats: set[int] = set(_DATE_FORMATS)
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and _DATE_CODE.search(_NO_CODE.sub("", attributes.get("formatCode", ""))):
            self._formats.add(int(attributes.get("numFmtId", "0")))
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self.dates.append(int(attributes.get("numFmtId", "0")) in self._formats)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False


class _Rows(Handler):
    """The rows of a sheet."""

    def __init__(self, name: str, texts: list[str], dates: list[bool], epoch: datetime, cells: int) -> None:
        self.rows: list[list[Cell]] = []
        self.cells = cells
        self._name = name
        self._texts = texts
        self._dates = dates
        self._epoch = epoch
        self._column = 0
        self._type = ""
        self._is_date = False
        self._in_value = False
        self._value: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._start_row(int(attributes.get("r", len(self.rows) + 1)))
        elif name == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _get_column(reference[1]) if reference else self._column + 1
            self._type = attributes.get("t", "n")
            style = int(attributes.get("s", "0"))
            self._is_date = style < len(self._dates) and self._dates[style]
            self._value.clear()
        self._in_value = name in ("v", "t")

    def data(self, text: str) -> None:
        if self._in_value:
            self._length += len(text)
            check_text(self._name, self._length)
            self._value.append(text)

    def end(self, name: str) -> None:
        self._in_value = False
        if name == "c" and self._value:
            self._add("".join(self._value))

    def _start_row(self, number: int) -> None:
        if number > MAX_ROWS:
            raise ScriptError(f"{self._name} has more than {MAX_ROWS:,} rows")
        self._column = 0
        while len(self.rows) < number:
            self.rows.append([])

    def _add(self, value: str) -> None:
        row = self.rows[-1]
        missing = max(self._column - 1 - len(row), 0)
        self.cells += missing + 1
        if self.cells > MAX_CELLS or self._column > _MAX_COLUMNS:
            raise ScriptError(f"{self._name} has more than {MAX_CELLS:,} cells or {_MAX_COLUMNS} columns")
        row.extend([""] * missing)
        row.append(self._convert(value))

    def _convert(self, value: str) -> Cell:
        if self._type == "s":
            return self._get_shared(int(value))
        if self._type == "b":
            return value == "1"
        if self._type != "n":
            return value
        number = float(value)
        if self._is_date:
            return _format_date(self._epoch, number)
        return int(number) if number.is_integer() else number

    def _get_shared(self, index: int) -> str:
        # A text counts as often as it is used.
        text = self._texts[index] if index < len(self._texts) else ""
        self._length += len(text)
        check_text(self._name, self._length)
        return text


def _get_column(letters: str) -> int:
    """Return the number of a column.

    >>> _get_column("A"), _get_column("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _format_date(epoch: datetime, days: float) -> str:
    """Return a date as scripts write it; a time alone is less than one day.

    >>> _format_date(datetime(1899, 12, 30), 46000.5)
    '2025-12-09 12:00:00'
    """
    try:
        at = epoch + timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return str(days)
    if 0 <= days < 1:
        return at.strftime("%H:%M:%S")
    return at.strftime("%Y-%m-%d" if at.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")
