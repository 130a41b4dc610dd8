"""A place in the tokens, and the faults found so far."""

from basic.faults import Place
from basic.keywords import KEYWORDS, Keyword, find_keyword
from basic.syntax.tokens import Problem, Sort, Token

MOST_DEPTH = 50
"""Brackets in brackets, or blocks in blocks; what is deeper is a mistake, or an attack on the stack."""

MOST_LINES = 20
"""Lines that a bracket is looked for its end in, where nothing else tells whether it has one."""

_LONGEST_KEYWORD = max(len(keyword.name.split()) for keyword in KEYWORDS)
_FIRST_WORDS = frozenset(name.split()[0] for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases))


class SyntaxFaultError(Exception):
    """A statement that cannot be read on; caught where the next statement starts.

    It is ``final`` when the keyword's form was clear before it, so that no other form needs a try.
    """

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place
        self.sentence = sentence
        self.final = False


class FormFaultError(SyntaxFaultError):
    """A statement that lacks a part of its form."""


class Cursor:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[Token], problems: list[Problem]) -> None:
        self.tokens = tokens
        self.problems = problems
        self.position = 0
        self.brackets: tuple[Token, ...] = ()
        self.depth = 0

    @property
    def current(self) -> Token:
        """The next token; inside brackets a line's end is none."""
        while self.brackets and self.tokens[self.position].sort is Sort.NEWLINE:
            self.position += 1
        return self.tokens[self.position]

    def ahead(self, count: int = 1) -> Token:
        """Return a token further on."""
        return self.tokens[min(self.position + count, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token; the END stays."""
        token = self.current
        if token.sort is not Sort.END:
            self.position += 1
        return token

    def is_sign(self, *signs: str) -> bool:
        """Tell whether the next token is one of some signs."""
        token = self.current
        return token.sort is Sort.SIGN and token.text in signs

    def is_word(self, *words: str) -> bool:
        """Tell whether the next token is one of some words."""
        token = self.current
        return token.sort is Sort.NAME and token.word in words

    def take_sign(self, *signs: str) -> bool:
        """Take the next token if it is one of some signs."""
        return self.is_sign(*signs) and bool(self.advance())

    def take_word(self, *words: str) -> bool:
        """Take the next token if it is one of some words."""
        return self.is_word(*words) and bool(self.advance())

    def take_words(self, phrase: str) -> bool:
        """Take the next tokens if they are the words of a phrase, joined by blanks or underscores."""
        words: list[str] = []
        for count in range(len(phrase.split())):
            token = self.ahead(count)
            if token.sort is not Sort.NAME:
                return False
            words += token.word.split("_")
            if " ".join(words) == phrase:
                self.position += count + 1
                return True
        return False

    def keyword(self) -> tuple[Keyword, int] | None:
        """Return the longest keyword that the next tokens are, and how many tokens it takes."""
        words, found = "", None
        for count in range(_LONGEST_KEYWORD):
            token = self.ahead(count)
            if token.sort is not Sort.NAME:
                break
            spaced = token.word.replace("_", " ")
            if not words and spaced.partition(" ")[0] not in _FIRST_WORDS:
                break
            words = f"{words} {spaced}" if words else spaced
            keyword = find_keyword(words)
            if keyword is not None:
                found = keyword, count + 1
        return found

    def at_end(self) -> bool:
        """Tell whether the statement ends here."""
        token = self.current
        return token.sort in (Sort.NEWLINE, Sort.END) or (token.sort is Sort.SIGN and token.text in (":", ";"))

    def starts_line(self) -> bool:
        """Tell whether the next token is the first of its line."""
        return self.position == 0 or self.tokens[self.position - 1].sort is Sort.NEWLINE

    def skip_line(self) -> None:
        """Go to the end of the line."""
        self.brackets = ()
        while self.current.sort not in (Sort.NEWLINE, Sort.END):
            self.position += 1

    def skip_statement(self) -> None:
        """Go to the end of the statement, or of the brackets around it; one with an open bracket ends with its line."""
        inside, line_end = 0, None
        while (token := self.tokens[self.position]).sort is not Sort.END:
            if token.sort is Sort.SIGN and token.text in ("(", "[", "{", "#{"):
                inside += 1
            elif token.sort is Sort.SIGN and token.text in (")", "]", "}"):
                if not inside:
                    return
                inside -= 1
            elif not inside and not self.brackets and (self.at_end() or token.word in ("ELSE", "END", "ENDIF")):
                return
            elif token.sort is Sort.NEWLINE:
                line_end = line_end or self.position
                if token.place.line - self.tokens[line_end].place.line > MOST_LINES:
                    break
            self.position += 1
        if inside and line_end is not None:
            self.position = line_end

    def note(self, place: Place, sentence: str) -> None:
        """Keep a fault and go on."""
        self.problems.append(Problem(place, sentence))

    def here(self) -> Place:
        """Return where something is missing: before the next token, or right after the last one of this line."""
        token = self.current
        if token.sort in (Sort.NEWLINE, Sort.END) and self.position and not self.starts_line():
            return self.tokens[self.position - 1].end
        return token.place

    def shown(self) -> str:
        """Return the next token as a message names it."""
        token = self.current
        return "the end of the line" if token.sort in (Sort.NEWLINE, Sort.END) else f"`{token.text}`"

    def enter(self) -> None:
        """Go one level deeper.

        Raises
        ------
        SyntaxFaultError
            If that is too deep.
        """
        if self.depth >= MOST_DEPTH:
            raise SyntaxFaultError(self.current.place, f"this is nested more than {MOST_DEPTH} deep")
        self.depth += 1

    def leave(self) -> None:
        """Come back from a level."""
        self.depth -= 1
