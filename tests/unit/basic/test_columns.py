"""Names of the values of a SAVE."""

from hypothesis import given
from hypothesis import strategies as st

from basic.compiler.columns import name_columns
from basic.compiler.names import Names
from basic.diagnostics import Position
from basic.library import STANDARD
from basic.syntax.tree.expressions import Expression, Item, Literal, Member, Name

POSITION = Position(1, 1)
NAMES = Names({}, {}, {}, STANDARD)

names = st.sampled_from(["email", "Email", "id", "column1", "COLUMN2", "column2_", "straße", "STRASSE"])
values: st.SearchStrategy[Expression] = (
    names.map(lambda name: Name(POSITION, name))
    | names.map(lambda name: Member(POSITION, Name(POSITION, "order"), name))
    | names.map(lambda name: Item(POSITION, Name(POSITION, "order"), Literal(POSITION, name)))
    | st.integers(0, 5).map(lambda index: Item(POSITION, Name(POSITION, "order"), Literal(POSITION, index)))
    | st.text(max_size=3).map(lambda text: Literal(POSITION, text))
)


@given(st.lists(values, max_size=6))
def test_column_names_are_unique_and_not_empty(saved: list[Expression]) -> None:
    columns = name_columns(saved, NAMES)

    assert len(columns) == len(saved)
    assert len({column.casefold() for column in columns}) == len(columns)
    assert all(columns)


@given(st.lists(values, max_size=6))
def test_column_is_named_after_its_variable_unless_an_earlier_one_is(saved: list[Expression]) -> None:
    seen: set[str] = set()
    for number, (value, column) in enumerate(zip(saved, name_columns(saved, NAMES), strict=True), start=1):
        name = value.name if isinstance(value, Name | Member) else ""
        if name and name.casefold() not in seen:
            assert column == name
        elif isinstance(value, Literal):
            assert column.startswith(f"column{number}")
        seen.add(column.casefold())
