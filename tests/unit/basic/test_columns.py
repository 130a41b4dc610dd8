"""Column names of the values of a SAVE."""

from hypothesis import given
from hypothesis import strategies as st

from basic.compiler.columns import columns_of
from basic.compiler.names import Names
from basic.faults import Place
from basic.library import STANDARD
from basic.syntax.tree import Expression, Item, Literal, Member, Name

AT = Place(1, 1)
NAMES = Names({}, {}, {}, STANDARD)

called = st.sampled_from(["email", "Email", "id", "column1", "COLUMN2", "column2_", "straße", "STRASSE"])
values: st.SearchStrategy[Expression] = (
    called.map(lambda name: Name(AT, name))
    | called.map(lambda name: Member(AT, Name(AT, "order"), name))
    | called.map(lambda name: Item(AT, Name(AT, "order"), Literal(AT, name)))
    | st.integers(0, 5).map(lambda index: Item(AT, Name(AT, "order"), Literal(AT, index)))
    | st.text(max_size=3).map(lambda text: Literal(AT, text))
)


@given(st.lists(values, max_size=6))
def test_column_names_are_unique_and_not_empty(saved: list[Expression]) -> None:
    columns = columns_of(saved, NAMES)

    assert len(columns) == len(saved)
    assert len({column.casefold() for column in columns}) == len(columns)
    assert all(columns)


@given(st.lists(values, max_size=6))
def test_column_is_named_like_its_variable_unless_the_name_is_used(saved: list[Expression]) -> None:
    seen: set[str] = set()
    for place, (value, column) in enumerate(zip(saved, columns_of(saved, NAMES), strict=True), start=1):
        local = value.name if isinstance(value, Name | Member) else ""
        if local and local.casefold() not in seen:
            assert column == local
        elif isinstance(value, Literal):
            assert column.startswith(f"column{place}")
        seen.add(column.casefold())
