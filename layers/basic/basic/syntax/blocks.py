"""Reading statements that hold other statements, and going on after a fault."""

import re
from collections.abc import Callable
from itertools import pairwise

from basic.faults import FIRST, Place, did_you_mean
from basic.keywords import RESERVED, Keyword, find_keyword
from basic.syntax.cursor import FormFaultError, SyntaxFaultError
from basic.syntax.statements import Statements
from basic.syntax.tokens import Sort
from basic.syntax.tree import (
    Block,
    Command,
    Evaluate,
    Expression,
    ForEach,
    ForTo,
    If,
    Item,
    Literal,
    Loop,
    Member,
    Name,
    Parameter,
    Routine,
    Statement,
    Switch,
    Table,
    With,
)

_CLOSERS = {
    "ELSE": "ELSE",
    "ELSEIF": "ELSE IF",
    "ENDIF": "END IF",
    "ENDFOR": "NEXT",
    "ENDSWITCH": "END SWITCH",
    "ENDSELECT": "END SELECT",
    "ENDSUB": "END SUB",
    "ENDFUNCTION": "END FUNCTION",
    "ENDWITH": "END WITH",
    "ENDTRY": "END TRY",
    "NEXT": "NEXT",
    "LOOP": "LOOP",
    "WEND": "WEND",
    "CASE": "CASE",
    "CATCH": "CATCH",
    "DEFAULT": "DEFAULT",
}
_TWO_WORDS = {
    "ELSE IF": "ELSE IF",
    "END IF": "END IF",
    "END FOR": "NEXT",
    "END SWITCH": "END SWITCH",
    "END SELECT": "END SELECT",
    "END SUB": "END SUB",
    "END FUNCTION": "END FUNCTION",
    "END WITH": "END WITH",
    "END TRY": "END TRY",
    "END WHILE": "WEND",
    "CASE ELSE": "DEFAULT",
    "CASE DEFAULT": "DEFAULT",
}
_OPENER = {
    "ELSE": "IF",
    "ELSE IF": "IF",
    "END IF": "IF",
    "NEXT": "FOR",
    "LOOP": "DO",
    "WEND": "WHILE",
    "CASE": "SWITCH",
    "DEFAULT": "SWITCH",
    "END SWITCH": "SWITCH",
    "END SELECT": "SELECT CASE",
    "END SUB": "SUB",
    "END FUNCTION": "FUNCTION",
    "END WITH": "WITH",
    "CATCH": "TRY",
    "END TRY": "TRY",
}
_HEADERS = ("PARAM", "DESCRIPTION", "TABLE", "WEBHOOK")
_NAMING = ("GOTO", "SUB", "FUNCTION")
_WEBHOOK_NAME = re.compile(r"[\w.~-]+", re.ASCII)
"""The unreserved characters of an address (RFC 3986, section 2.3)."""

MOST_FAULTS = 200
"""Faults after which the rest of a file is not read: it is no script."""


class TooManyFaultsError(Exception):
    """A file that is no script."""


class Blocks(Statements):
    """Reads whole scripts."""

    def run(self) -> Block:
        """Read all statements of the script; its definitions are kept aside."""
        self.open: list[tuple[str, ...]] = []
        self.routines: list[Routine] = []
        self.parameters: list[Parameter] = []
        self.tables: list[Table] = []
        self.description = ""
        self.webhook, self.webhook_at = "", FIRST
        named = [(token.word, after.word) for token, after in pairwise(self.tokens) if token.word in _NAMING]
        self.labels = {name for word, name in named if word == "GOTO"}
        self.defined = frozenset(name for word, name in named if word != "GOTO")
        return self._block()

    # -------------------------------------------------------------------------------------------- blocks

    def _block(self, *closers: str) -> Block:
        """Read statements up to one of some closers, which is not taken, or to one of a block further out."""
        statements: list[Statement] = []
        self.open.append(closers)
        while True:
            while self.current.sort is Sort.NEWLINE or self.is_sign(":", ";"):
                self.advance()
            if self.current.sort is Sort.END:
                break
            closer = self._closer()
            if closer is None:
                self._read_statement(statements)
            elif any(closer in outer for outer in self.open):
                break
            else:
                self._fault(SyntaxFaultError(self.current.place, f"`{closer}` has no {_OPENER[closer]} before it"))
        self.open.pop()
        return tuple(statements)

    def _read_statement(self, statements: list[Statement]) -> None:
        depth, start = self.depth, self.position
        self.attempts = 0
        try:
            statement = self._statement()
            if statement is not None:
                statements.append(statement)
            # A block without its end stops before the line that is not its own.
            if not self.at_end() and not self.starts_line():
                raise self.expected_end()
        except SyntaxFaultError as fault:
            self._fault(fault, start)
        self.depth = depth

    def _fault(self, fault: SyntaxFaultError, start: int | None = None) -> None:
        """Keep a fault and go on behind it: with the next line, or with this one if the fault was before it."""
        self.note(fault.place, fault.sentence)
        if len(self.problems) > MOST_FAULTS:
            raise TooManyFaultsError
        self.brackets = ()
        begun_new_line = self.starts_line() and self.position != start
        if start is None or not begun_new_line:
            self.skip_line()

    def _closer(self) -> str | None:
        token = self.current
        if token.sort is not Sort.NAME or self._assigns() or self.ahead().text == "=":
            return None
        two = f"{token.word} {self.ahead().word}"
        if two in _TWO_WORDS:
            return _TWO_WORDS[two]
        joined = token.word.replace("_", " ")
        if token.word == "DEFAULT" and not any("DEFAULT" in outer for outer in self.open) and not self._alone():
            return None
        return _TWO_WORDS.get(joined) or _CLOSERS.get(token.word)

    def _alone(self) -> bool:
        """Tell whether the next token is all of its statement."""
        return self.ahead().sort in (Sort.NEWLINE, Sort.END) or self.ahead().text in (":", ";")

    def _take_closer(self, closer: str) -> bool:
        """Take a closer of one or two words."""
        if self._closer() != closer:
            return False
        two = f"{self.current.word} {self.ahead().word}"
        self.position += 2 if two in _TWO_WORDS else 1
        return True

    def _end(self, opener: str, at: Place, *closers: str) -> bool:
        """Take the end of a block; say that it is missing where the block began."""
        for closer in closers:
            if self._take_closer(closer):
                return True
        noticed = self.current
        where = "" if noticed.sort is Sort.END else f", noticed at `{noticed.text}` in line {noticed.place.line}"
        self.note(at, f"{opener} has no {closers[0]}{where}")
        return False

    def _head[T, U](self, read: Callable[[], T], instead: U) -> T | U:
        """Read the head of a block; after a fault in it the block is read all the same."""
        depth, start = self.depth, self.position
        try:
            value = read()
            if not self.at_end():
                raise self.expected_end()
        except SyntaxFaultError as fault:
            self._fault(fault, start)
            self.depth = depth
            return instead
        return value

    # -------------------------------------------------------------------------------------------- statements

    def _statement(self) -> Statement | None:
        """Read a statement, or a definition and return None."""
        token = self.current
        if token.word in RESERVED and self.ahead().text == "=":
            raise SyntaxFaultError(token.place, f"`{token.text}` is a word of the language and cannot name a variable")
        if token.word in self.labels and self.ahead().text == ":":
            self.advance()
            return None
        if token.sort is Sort.NAME and not self._assigns():
            read = self._structure(token.word)
            if read is not None:
                self.enter()
                statement = read()
                self.leave()
                return statement
            if self._definition(token.word):
                return None
        return self.simple()

    def _structure(self, word: str) -> Callable[[], Statement | None] | None:
        structures: dict[str, Callable[[], Statement | None]] = {
            "IF": self._if,
            "SWITCH": self._switch,
            "SELECT": self._switch,
            "FOR": self._for,
            "FOREACH": self._for,
            "FOR_EACH": self._for,
            "DO": self._do,
            "WHILE": self._while,
            "WITH": self._with,
            "TRY": self._try,
            "SUB": self._routine,
            "FUNCTION": self._routine,
        }
        return structures.get(word)

    def _definition(self, word: str) -> bool:
        keyword = find_keyword(word)
        following = self.ahead().sort
        if keyword is None or following not in (Sort.NAME, Sort.TEXT):
            return False
        if word in _HEADERS and len(self.open) > 1:
            raise SyntaxFaultError(self.current.place, f"{word} cannot stand inside a block")
        match word:
            case "PARAM":
                self.advance()
                at, parameter = self.current.place, self.parameter(keyword)
                if parameter.name.lower() in (each.name.lower() for each in self.parameters):
                    self.note(at, f"`{parameter.name}` is a PARAM already")
                self.parameters.append(parameter)
            case "TABLE":
                self.advance()
                self.tables.append(self.table())
            case "DESCRIPTION":
                self.advance()
                self.description = self.text("DESCRIPTION", keyword.forms[0])
            case "WEBHOOK":
                self._webhook(keyword)
            case _:
                return False
        return True

    def _webhook(self, keyword: Keyword) -> None:
        at = self.advance().place
        if self.webhook:
            raise SyntaxFaultError(at, f"this script is the webhook `{self.webhook}` already")
        name = self.text("WEBHOOK", keyword.forms[0])
        if not _WEBHOOK_NAME.fullmatch(name):
            raise SyntaxFaultError(at, "the name of a webhook is a part of an address: letters, digits, `-`, `_`, `.`")
        self.webhook, self.webhook_at = name, at

    def _condition_then(self) -> Expression:
        condition = self.expression()
        if not self.take_word("THEN"):
            if not self.at_end():
                hint = did_you_mean(self.current.text, ("THEN",))
                raise SyntaxFaultError(self.current.place, f"`THEN` is missing before {self.shown()}{hint}")
            self.note(self.here(), "`THEN` is missing after the condition")
        return condition

    def _if(self) -> If:
        at = self.advance().place
        condition, one_line = self._if_head(at)
        if one_line:
            return self._one_line(at, condition)
        branches = [(condition, self._block("ELSE", "ELSE IF", "END IF"))]
        while self._take_closer("ELSE IF"):
            condition, _ = self._if_head(at)
            branches.append((condition, self._block("ELSE", "ELSE IF", "END IF")))
        otherwise = self._block("END IF") if self._take_closer("ELSE") else ()
        self._end("IF", at, "END IF")
        return If(at, tuple(branches), otherwise)

    def _if_head(self, at: Place) -> tuple[Expression, bool]:
        """Read up to THEN, and tell whether statements follow in its line."""
        start, depth = self.position, self.depth
        try:
            return self._condition_then(), not self.at_end()
        except SyntaxFaultError as fault:
            self._fault(fault, start)
            self.depth = depth
        words = [token.word for token in self.tokens[start : self.position]]
        return Literal(at, None), "THEN" in words[:-1]

    def _one_line(self, at: Place, condition: Expression) -> If:
        branch = self._line()
        otherwise: Block = ()
        if self._take_closer("ELSE IF"):
            nested = self.current.place
            self.enter()
            otherwise = (self._one_line(nested, self._condition_then()),)
            self.leave()
        elif self._take_closer("ELSE"):
            otherwise = self._line()
        self._take_closer("END IF")
        return If(at, ((condition, branch),), otherwise)

    def _line(self) -> Block:
        """Read the statements up to the end of the line, an ELSE or an END IF."""
        statements: list[Statement] = []
        while self.take_sign(":", ";"):
            pass
        while self.current.sort not in (Sort.NEWLINE, Sort.END) and self._closer() is None:
            statement = self._statement()
            if statement is not None:
                statements.append(statement)
            while self.take_sign(":", ";"):
                pass
            if self._closer() is None and not self.at_end() and self.tokens[self.position - 1].text not in (":", ";"):
                raise self.expected_end()
        return tuple(statements)

    def _switch(self) -> Switch:
        token = self.advance()
        opener = "SWITCH"
        if token.word == "SELECT":
            opener = "SELECT CASE"
            self.take_word("CASE")
        subject = self._head(self.expression, Literal(token.place, None))
        closers = ("CASE", "DEFAULT", "END SWITCH", "END SELECT")
        self.open.append(closers)
        before = self._block(*closers)
        if before:
            self.note(before[0].at, f"this stands before the first CASE of the {opener} and would never run")
        cases: list[tuple[tuple[Expression, ...], Block]] = []
        default: Block | None = None
        while self._closer() in ("CASE", "DEFAULT"):
            again = self.current.place if default is not None else None
            if self._take_closer("DEFAULT"):
                if again:
                    self.note(again, f"the {opener} has two branches for all that is left")
                self.take_sign(":")
                default = self._block(*closers)
            else:
                self._take_closer("CASE")
                values = self._head(self._values, ())
                cases.append((values, self._block(*closers)))
        self._end(opener, token.place, *(closers[:1:-1] if opener == "SELECT CASE" else closers[2:]))
        self.open.pop()
        return Switch(token.place, subject, tuple(cases), default or ())

    def _values(self) -> tuple[Expression, ...]:
        if self.is_word("IS") and self.ahead().sort is Sort.SIGN:
            raise SyntaxFaultError(self.current.place, "CASE takes values and no conditions; those are for IF")
        values = [self.expression()]
        if self.is_word("TO"):
            raise SyntaxFaultError(self.current.place, "CASE takes single values, `CASE 1, 2, 3`; a range is for IF")
        while self.take_sign(","):
            values.append(self.expression())
        return tuple(values)

    # -------------------------------------------------------------------------------------------- loops

    def _for(self) -> ForEach | ForTo:
        token = self.advance()
        if token.word != "FOR" or self.take_word("EACH"):
            name, items = self._head(self._each_head, ("", Literal(token.place, None)))
            body = self._block("NEXT")
            self._next("FOR EACH", token.place, name)
            return ForEach(token.place, name, items, body)
        nothing = Literal(token.place, None)
        name, start, stop, step = self._head(self._to_head, ("", nothing, nothing, None))
        body = self._block("NEXT")
        self._next("FOR", token.place, name)
        return ForTo(token.place, name, start, stop, step, body)

    def _each_head(self) -> tuple[str, Expression]:
        name = self.name("the loop's variable")
        if not self.take_word("IN"):
            raise FormFaultError(self.here(), f"`IN` is missing before {self.shown()}: `FOR EACH {name} IN items`")
        items = self.expression()
        self.take_word("DO")
        return name, items

    def _to_head(self) -> tuple[str, Expression, Expression, Expression | None]:
        name = self.name("the loop's variable")
        if not self.take_sign("="):
            hint = f"`FOR {name} = 1 TO 10`, or `FOR EACH {name} IN items`"
            raise FormFaultError(self.here(), f"`=` is missing before {self.shown()}: {hint}")
        # `=` compares in expressions, and TO is no operator: the start ends before it.
        start = self.expression()
        if not self.take_word("TO"):
            raise FormFaultError(self.here(), f"`TO` is missing before {self.shown()}")
        stop = self.expression()
        return name, start, stop, self.expression() if self.take_word("STEP") else None

    def _next(self, opener: str, at: Place, variable: str) -> None:
        if (
            self._end(opener, at, "NEXT")
            and self.current.sort is Sort.NAME
            and self.tokens[self.position - 1].word == "NEXT"
        ):
            token = self.advance()
            if variable and token.word != variable.upper():
                self.note(token.place, f"this NEXT names `{token.text}`, but the loop's variable is `{variable}`")

    def _do(self) -> Loop:
        at = self.advance().place
        first = self._head(self._until, None)
        body = self._block("LOOP")
        last: tuple[Expression, bool] | None = None
        if self._end("DO", at, "LOOP"):
            last = self._until()
        if first is not None and last is not None:
            self.note(at, "DO has a condition at its start and at its LOOP; it takes one of them")
        condition, wanted = first or last or (None, True)
        return Loop(at, "DO", condition, wanted, first=first is not None, body=body)

    def _until(self) -> tuple[Expression, bool] | None:
        if self.take_word("WHILE"):
            return self.expression(), True
        if self.take_word("UNTIL"):
            return self.expression(), False
        return None

    def _while(self) -> Loop:
        at = self.advance().place
        condition = self._head(self._while_head, Literal(at, None))
        body = self._block("WEND")
        self._end("WHILE", at, "WEND")
        return Loop(at, "WHILE", condition, wanted=True, first=True, body=body)

    def _while_head(self) -> Expression:
        condition = self.expression()
        self.take_word("DO")
        return condition

    # -------------------------------------------------------------------------------------------- maps, routines

    def _with(self) -> With:
        at = self.advance().place
        target: Name | Member | Item = self._head(self.target, Name(at, ""))
        entries: list[tuple[Place, tuple[str, ...], Expression]] = []
        self.open.append(("END WITH",))
        while self.current.sort is not Sort.END:
            if self.current.sort is Sort.NEWLINE or self.is_sign(":", ";", ","):
                self.advance()
                continue
            if self._closer() is not None:
                break
            entry = self._head(self._entry, None)
            if entry is not None:
                entries.append(entry)
        self.open.pop()
        self._end("WITH", at, "END WITH")
        return With(at, target, tuple(entries))

    def _entry(self) -> tuple[Place, tuple[str, ...], Expression]:
        at = self.current.place
        self.take_sign(".")
        path: list[str] = []
        while self.current.sort is Sort.NAME:
            path.append(self.advance().text)
            if not self.take_sign("."):
                break
        if not path or not self.take_sign("=", ":"):
            raise SyntaxFaultError(at, "WITH holds lines `.field = value` only")
        return at, tuple(path), self.expression()

    def _try(self) -> Statement:
        """Read TRY with all that is in it, none of which runs yet."""
        at = self.advance().place
        self._block("CATCH", "END TRY")
        if self._take_closer("CATCH"):
            if not self.at_end():
                self.advance()
            self._block("END TRY")
        self._end("TRY", at, "END TRY")
        return Evaluate(at, Command(at, "TRY"))

    def _routine(self) -> None:
        token = self.advance()
        if len(self.open) > 1:
            self.note(token.place, f"{token.word} cannot stand inside another block")
        name, parameters = self._head(self._routine_head, ("", ()))
        end = f"END {token.word}"
        body = self._block(end)
        self._end(token.word, token.place, end)
        self.routines.append(Routine(token.place, name, parameters, body, function=token.word == "FUNCTION"))

    def _routine_head(self) -> tuple[str, tuple[str, ...]]:
        name = self.name("the routine")
        parameters: list[str] = []
        bracket = self.take_sign("(")
        while self.current.sort is Sort.NAME:
            at = self.current.place
            parameters.append(self.name("a parameter"))
            if parameters[-1].lower() in (each.lower() for each in parameters[:-1]):
                self.note(at, f"the parameter `{parameters[-1]}` is there twice")
            if self.take_word("AS"):
                self.advance()
            if not self.take_sign(","):
                break
        if bracket and not self.take_sign(")"):
            raise SyntaxFaultError(self.here(), "`)` is missing after the parameters")
        if self.take_word("AS"):
            self.advance()
        return name, tuple(parameters)
