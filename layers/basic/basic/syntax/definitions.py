"""Reading the headers of a script and the tables it defines."""

from dataclasses import dataclass, field

from basic.keywords import Keyword
from basic.syntax.cursor import FormFaultError, SyntaxFaultError
from basic.syntax.expressions import Expressions
from basic.syntax.forms import written
from basic.syntax.tokens import Sort
from basic.syntax.tree import ArrayLiteral, Expression, Literal, Parameter, Table, TableField, Unary
from basic.values import Value

_TYPES = {
    **dict.fromkeys(("INT", "INTEGER", "NUMBER"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("BOOL", "BOOLEAN"), "boolean"),
    **dict.fromkeys(("ARRAY", "LIST"), "array"),
    **dict.fromkeys(("OBJECT", "MAP"), "object"),
    **dict.fromkeys(("DATE", "DATETIME"), "date"),
}


@dataclass(slots=True)
class _Roles:
    """Who is named by the READ BY and WRITE BY of a table, or of a field."""

    readers: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)


class Definitions(Expressions):
    """Reads what is known before a script runs."""

    def constant(self, what: str) -> Value:
        """Read a value that is written out.

        Raises
        ------
        SyntaxFaultError
            If it would have to be worked out.
        """
        return self._constant(self.expression(), what)

    def _constant(self, expression: Expression, what: str) -> Value:
        match expression:
            case Literal(value=value):
                return value
            case Unary(operator="-", operand=Literal(value=int() | float() as number)):
                return -number
            case ArrayLiteral(items=items):
                return [self._constant(item, what) for item in items]
            case _:
                raise SyntaxFaultError(expression.at, f"{what} must be written out: a text or a number")

    def text(self, keyword: str, example: str) -> str:
        """Read a text between quotes.

        Raises
        ------
        SyntaxFaultError
            If there is none.
        """
        token = self.current
        if token.sort is not Sort.TEXT or not isinstance(token.value, str):
            raise FormFaultError(self.here(), f"{keyword} needs a text between quotes, as in `{example}`")
        self.advance()
        return token.value

    def parameter(self, keyword: Keyword) -> Parameter:
        """Read the rest of a PARAM."""
        at = self.current.place
        name = self.name("the parameter")
        if not self.take_word("AS"):
            raise SyntaxFaultError(self.here(), f"`AS` is missing; PARAM is written {written(keyword)}")
        kind = _TYPES.get(self._word("the parameter's type"), "string")
        example: Value = None
        default: Value = None
        options: Value = []
        description, required = "", True
        while not self.at_end():
            if self.take_word("LIKE"):
                example = self.constant("an example")
            elif self.take_word("DESCRIPTION"):
                description = self.text("DESCRIPTION", 'DESCRIPTION "What it is"')
            elif self.take_word("ENUM"):
                options = self.constant("the values of an ENUM")
            elif self.take_word("DEFAULT"):
                default, required = self.constant("a default"), False
            elif self.take_word("OPTIONAL"):
                required = False
            elif not self.take_word("REQUIRED"):
                raise SyntaxFaultError(
                    self.current.place, f"{self.shown()} is not expected; PARAM is written {written(keyword)}"
                )
        choices = tuple(options) if isinstance(options, list) else (options,)
        return Parameter(at, name, kind, example, description, choices, required, default)

    def _word(self, what: str) -> str:
        token = self.current
        if token.sort is not Sort.NAME:
            raise FormFaultError(self.here(), f"{what} is missing before {self.shown()}")
        self.advance()
        return token.word

    def table(self) -> Table:
        """Read the rest of TABLE up to its END TABLE; what is wrong with a field is kept."""
        at = self.tokens[self.position - 1].place
        name, connection, roles = "", "", _Roles()
        try:
            name = self._named_or_quoted("the table")
            connection = self._named_or_quoted("the connection") if self.take_word("ON") else ""
            while self._takes_roles(roles):
                pass
        except SyntaxFaultError as fault:
            self.note(fault.place, fault.sentence)
            self.skip_line()
        fields: list[TableField] = []
        while self.current.sort is not Sort.END and not self._ends_table():
            try:
                self._table_line(fields, roles)
            except SyntaxFaultError as fault:
                self.note(fault.place, fault.sentence)
                self.skip_line()
        if self.current.sort is Sort.END:
            self.note(at, "TABLE has no END TABLE")
        return Table(at, name, connection, tuple(fields), tuple(roles.readers), tuple(roles.writers))

    def _ends_table(self) -> bool:
        return self.take_words("END TABLE") or self.take_word("ENDTABLE")

    def _table_line(self, fields: list[TableField], roles: _Roles) -> None:
        if self.current.sort is Sort.NEWLINE:
            self.advance()
            return
        if not self._takes_roles(roles):
            self.take_word("FIELD")
            fields.append(self._field())
        if not self.at_end():
            raise SyntaxFaultError(self.current.place, f"{self.shown()} is not expected here")

    def _takes_roles(self, roles: _Roles) -> bool:
        """Take ``READ BY "role1;role2", role3`` or ``WRITE BY ...``, if that is what follows."""
        if self.take_words("READ BY"):
            roles.readers += self._role_names()
        elif self.take_words("WRITE BY"):
            roles.writers += self._role_names()
        else:
            return False
        return True

    def _role_names(self) -> list[str]:
        names = self._some_roles()
        while self.take_sign(","):
            names += self._some_roles()
        return names

    def _some_roles(self) -> list[str]:
        place = self.current.place
        names = [name.strip() for name in self._named_or_quoted("a role").split(";")]
        if not all(names):
            # It would let everybody in, or nobody, which is not what somebody who writes it wants.
            raise SyntaxFaultError(place, 'the name of a role is empty; roles are written `READ BY "hr;managers"`')
        return names

    def _field(self) -> TableField:
        at, name = self.current.place, self._named_or_quoted("the field")
        self.take_word("AS")
        kind = self._word("the field's type").lower()
        length, precision = self._length() if self.take_sign("(") else (None, None)
        key, references, roles = False, "", _Roles()
        while not self.at_end():
            if self.take_word("REFERENCES"):
                references = self._named_or_quoted("the other table")
            elif not self._takes_roles(roles):
                key = self._word("a property of the field") == "KEY" or key
        return TableField(
            at, name, kind, length, precision, key, references, tuple(roles.readers), tuple(roles.writers)
        )

    def _length(self) -> tuple[int, int | None]:
        numbers: list[int] = []
        while self.current.sort is Sort.NUMBER:
            value = self.advance().value
            if isinstance(value, int):
                numbers.append(value)
            if not self.take_sign(","):
                break
        if not self.take_sign(")") or not numbers:
            raise SyntaxFaultError(self.here(), "the field's length is written `(150)`, or `(10, 2)`")
        return numbers[0], numbers[1] if len(numbers) > 1 else None

    def _named_or_quoted(self, what: str) -> str:
        token = self.current
        if token.sort is Sort.TEXT and isinstance(token.value, str):
            self.advance()
            return token.value
        if token.sort is not Sort.NAME:
            raise FormFaultError(self.here(), f"the name of {what} is missing before {self.shown()}")
        return self.advance().text
