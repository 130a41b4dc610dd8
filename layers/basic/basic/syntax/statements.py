"""Reading statements that hold no other statements."""

from basic.faults import Place, did_you_mean
from basic.functions import FUNCTIONS
from basic.keywords import KEYWORDS, RESERVED
from basic.syntax.cursor import FormFaultError, SyntaxFaultError
from basic.syntax.definitions import Definitions
from basic.syntax.tokens import Sort, TextBlock, Token
from basic.syntax.tree import (
    Assign,
    Call,
    Command,
    Evaluate,
    Exit,
    Expression,
    Hear,
    Item,
    Member,
    Name,
    OnError,
    Return,
    Statement,
    SystemPrompt,
    TalkBlock,
    Template,
)

_NAMES = tuple(name for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases))
_MORE_NAMES = ("ELSE", "ELSEIF", "ENDIF", "NEXT", "LOOP", "WEND", "CASE", "DEFAULT", "END", "THEN", "LET")
_CLAUSES = RESERVED.union(("AS", "WITH", "STEP", "TO", "IN", "INTO", "WHERE"))
"""Words that no value is expected to be."""

_EXITS = ("FOR", "DO", "WHILE", "SUB", "FUNCTION")
_ASSIGNED_WITH = {"+=": "+", "-=": "-"}


class Statements(Definitions):
    """Reads statements that hold no other statements."""

    defined: frozenset[str] = frozenset()
    """The names of the script's own routines, in upper case."""

    def simple(self) -> Statement:  # noqa: PLR0911 - one line per statement
        """Read a statement.

        Raises
        ------
        SyntaxFaultError
            If it is none.
        """
        token = self.current
        if token.sort is Sort.BLOCK:
            return self._text_block()
        if self._assigns():
            return self._assignment()
        match token.word:
            case "HEAR":
                self.advance()
                return self._hear(token)
            case "LET":
                self.advance()
                return self._assignment()
            case "SET" if self._sets_variable():
                self.advance()
                return self._assignment()
            case "CALL":
                self.advance()
                return Evaluate(token.place, self.call(token.place))
            case "RETURN":
                self.advance()
                return Return(token.place, None if self._ends_here() else self.expression())
            case "EXIT":
                return self._exit()
            case "ON":
                return self._on_error(token)
            case _:
                return self._evaluated(token)

    def _ends_here(self) -> bool:
        return self.at_end() or self.is_word("ELSE")

    # -------------------------------------------------------------------------------------------- assignments

    def _assigns(self) -> bool:
        """Tell whether the statement starts with a variable, or a part of one, and an equals sign."""
        token = self.current
        if token.sort is not Sort.NAME or token.word in RESERVED:
            return False
        ahead = 1
        while self.ahead(ahead).text in (".", "["):
            if self.ahead(ahead).text == ".":
                ahead += 2
                continue
            inside = 0
            while (sign := self.ahead(ahead)).sort not in (Sort.NEWLINE, Sort.END):
                inside += (sign.text == "[") - (sign.text == "]") if sign.sort is Sort.SIGN else 0
                ahead += 1
                if not inside:
                    break
            else:
                return False
        following = self.ahead(ahead)
        return following.sort is Sort.SIGN and following.text in ("=", *_ASSIGNED_WITH)

    def _sets_variable(self) -> bool:
        """Tell whether SET sets a variable, also one whose name makes a keyword with SET."""
        found = self.keyword()
        return found is None or found[1] == 1 or self.ahead(found[1]).text == "="

    def _assignment(self) -> Assign:
        at = self.current.place
        target = self.target()
        sign = self.current
        if sign.text in _ASSIGNED_WITH and sign.sort is Sort.SIGN and isinstance(target, Name):
            raise SyntaxFaultError(
                sign.place,
                f"`{sign.text}` is not in the language: write `{target.name} = {target.name} {sign.text[0]} ...`",
            )
        if not self.take_sign("=", ","):
            raise FormFaultError(self.here(), f"`=` is missing before {self.shown()}")
        if self.is_word("HEAR"):
            before, hear = self.position, self.advance()
            variable = target.name if isinstance(target, Name) else ""
            asked = self.hear_clauses(hear.place, self.prompt(), variable)
            if self.infix() is None:
                return Assign(at, target, asked)
            self.position = before
        return Assign(at, target, self.expression())

    def _hear(self, token: Token) -> Statement:
        if self._ends_here():
            return Evaluate(token.place, Hear(token.place))
        if self.current.sort is not Sort.NAME:
            prompt = self.expression()
            if not self.take_word("AS"):
                return Evaluate(token.place, Hear(token.place, prompt))
            target: Name | Member | Item = self.target()
            name = target.name if isinstance(target, Name) else ""
            return Assign(token.place, target, Hear(token.place, prompt, variable=name))
        if self.is_word("AS", "WITH", "DEFAULT") and self.ahead().sort is not Sort.NEWLINE:
            raise SyntaxFaultError(
                self.here(), f"the name of a variable is missing before {self.shown()}, as in `HEAR name AS TYPE`"
            )
        target = self.target()
        name = target.name if isinstance(target, Name) else ""
        return Assign(token.place, target, self.hear_clauses(token.place, None, name))

    # -------------------------------------------------------------------------------------------- the rest

    def _text_block(self) -> Statement:
        token = self.advance()
        block = token.value
        if not isinstance(block, TextBlock) or block.keyword == "BEGIN MAIL":
            return Evaluate(token.place, Command(token.place, token.word))
        lines = [
            self.template(line.strip(), Place(number, len(line) - len(line.lstrip()) + 1))
            for number, line in enumerate(block.lines, start=block.first_line)
        ]
        if block.keyword == "BEGIN TALK":
            return TalkBlock(token.place, tuple(Template(token.place, line) for line in lines if line))
        parts: list[str | Expression] = []
        for index, line in enumerate(lines):
            parts += ("\n", *line) if index else line
        return SystemPrompt(token.place, Template(token.place, tuple(parts)))

    def _exit(self) -> Exit:
        at = self.advance().place
        if self._ends_here():
            return Exit(at, "")
        word = self.current
        if not self.take_word(*_EXITS):
            hint = did_you_mean(word.text, _EXITS)
            raise SyntaxFaultError(word.place, f"EXIT leaves {', '.join(_EXITS[:-1])} or {_EXITS[-1]}{hint}")
        return Exit(at, word.word)

    def _on_error(self, token: Token) -> Statement:
        command = self.command(statement=True)
        if command is not None:
            return Evaluate(token.place, command)
        if self.take_words("ON ERROR RESUME NEXT"):
            return OnError(token.place, resume=True)
        if self.take_words("ON ERROR GOTO") and self.current.value == 0:
            self.advance()
            return OnError(token.place, resume=False)
        raise SyntaxFaultError(
            token.place, "ON is written `ON ERROR RESUME NEXT`, `ON ERROR GOTO 0` or `ON INSERT OF table`"
        )

    def _evaluated(self, token: Token) -> Statement:
        expression = self.command(statement=True)
        if expression is None:
            self._known(token)
            expression = self.expression()
        if isinstance(expression, Call) and expression.name == "APPEND" and expression.arguments:
            grown = expression.arguments[0]
            if isinstance(grown, Name | Member | Item):
                return Assign(token.place, grown, expression)
        return Evaluate(token.place, expression)

    def _known(self, token: Token) -> None:
        """Refuse a statement that starts with a word nobody knows."""
        after = self.ahead()
        if token.sort is not Sort.NAME or token.word in ("HEAR", "NOT", "TRUE", "FALSE", "NULL", "NOTHING", "NEW"):
            return
        if token.word == "END":
            raise SyntaxFaultError(token.place, "`END` says what ends, as in `END IF`; `EXIT` ends a script")
        if after.sort in (Sort.NAME, Sort.TEXT, Sort.NUMBER) and after.word not in (
            "AND",
            "OR",
            "MOD",
            "IS",
            "CONTAINS",
            "ELSE",
            "ELSEIF",
            "END",
            "ENDIF",
        ):
            if self._is_called(token):
                self.advance()
                raise self.unbracketed(token)
            two = f"{token.word} {after.word}"
            hint = after.word and did_you_mean(two, (name for name in _NAMES if " " in name))
            unknown = f"{token.text} {after.text}" if hint else token.text
            hint = hint or did_you_mean(token.word, (*_NAMES, *_MORE_NAMES))
            raise SyntaxFaultError(token.place, f"`{unknown}` is not known{hint}")

    def _is_called(self, token: Token) -> bool:
        """Tell whether a word names a function, or a routine of this script."""
        return token.sort is Sort.NAME and (token.word in FUNCTIONS or token.word in self.defined)

    def expected_end(self) -> SyntaxFaultError:
        """Return the fault of a statement that is followed by something else."""
        token, before = self.current, self.tokens[max(self.position - 1, 0)]
        values = (Sort.TEXT, Sort.NUMBER, Sort.NAME)
        if self.missed is not None and self.missed.place >= token.place:
            return self.missed
        if token.sort in (Sort.TEXT, Sort.NUMBER) and self._is_called(before):
            return self.unbracketed(before)
        if before.sort in values and token.sort in values and token.word not in _CLAUSES:
            return SyntaxFaultError(token.place, f"`{token.text}` is not expected here; values are joined with `+`")
        return SyntaxFaultError(token.place, f"`{token.text}` is not expected here")
