"""What the values of a SAVE are called."""

from hypothesis import given
from hypothesis import strategies as st

from basic.compiler.columns import name_columns
from basic.compiler.names import Names
from basic.diagnostics import Position
from basic.library import STANDARD
from basic.syntax.tree.expressions import Expression, Item, Literal, Member, Name

AT = Position(1, 1)
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
def test_no_two_columns_have_one_name_and_none_has_no_name(saved: list[Expression]) -> None:
    columns = name_columns(saved, NAMES)

    assert len(columns) == len(saved)
    assert len({column.casefold() for column in columns}) == len(columns)
    assert all(columns)


@given(st.lists(values, max_size=6))
def test_a_value_is_called_like_its_variable_unless_one_before_it_is(saved: list[Expression]) -> None:
    seen: set[str] = set()
    for place, (value, column) in enumerate(zip(saved, name_columns(saved, NAMES), strict=True), start=1):
        own = value.name if isinstance(value, Name | Member) else ""
        if own and own.casefold() not in seen:
            assert column == own
        elif isinstance(value, Literal):
            assert column.startswith(f"column{place}")
        seen.add(column.casefold())
