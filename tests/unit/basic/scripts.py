"""Random valid scripts with nested blocks, routines and HEARs, without endless loops."""

import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SLOW = settings(
    max_examples=int(os.environ.get("FUZZ_SCRIPTS", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For tests that run random scripts; see docs/fuzzing.md for longer runs."""

NAMES = ("a", "b", "c", "list")
SHORT = ("talk", "assign", "hear", "typed", "menu", "part", "offer", "model", "memory", "effect", "quiet", "errors")
"""Kinds of one-line statements."""

TEXTS = ("", "x", "yes", "two words", "7")


@dataclass
class Writer:
    """Generates a script from choices that Hypothesis draws and shrinks."""

    draw: st.DrawFn
    routines: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    counters: int = 0
    lines: list[str] = field(default_factory=list)

    def pick[T](self, *choices: T) -> T:
        return self.draw(st.sampled_from(choices))

    def number(self, minimum: int, maximum: int) -> int:
        return self.draw(st.integers(minimum, maximum))

    def expression(self, depth: int = 0) -> str:  # noqa: C901, PLR0911 - one line per kind of expression
        nested = ("binary", "array", "map", "hear", "part", "not", "call", "function", "keyword") if depth < 2 else ()
        match self.pick("number", "text", "name", "name", *nested):
            case "number":
                return str(self.number(-3, 9))
            case "text":
                return f'"{self.pick(*TEXTS)}"'
            case "binary":
                sign = self.pick(
                    *("+", "-", "*", "&", "=", "<>", "<", "AND", "OR", "CONTAINS", "MOD"),
                    *("??", "IN", "NOT IN", "LIKE", "STARTS WITH", "NOT ENDS WITH"),
                )
                return f"({self.expression(depth + 1)} {sign} {self.expression(depth + 1)})"
            case "array":
                return f"[{self.expression(depth + 1)}, {self.expression(depth + 1)}]"
            case "map":
                return f"#{{k: {self.expression(depth + 1)}, n: 1}}"
            case "hear":
                return f'(HEAR "{self.pick("", "yes?", "how?")}")'
            case "part":
                return self.pick("list[0]", "list[1]", "c.k", "c.n", "c?.k?.n")
            case "not":
                return f"NOT {self.expression(depth + 1)}"
            case "function":
                return self.function(depth + 1)
            case "keyword":
                return self.keyword(depth + 1)
            case "call" if self.routines:
                return self.pick(f"{self.pick(*self.routines)}({self.expression(depth + 1)})", "bare")
            case _:
                return self.pick(*NAMES)

    def function(self, depth: int) -> str:
        """Generate a call of a function of the library."""
        first, second = self.expression(depth), self.expression(depth)
        return self.pick(
            f"UCASE({first})",
            f"LEN({first})",
            f"MID({first}, 2)",
            f'SPLIT({first}, " ")',
            f'JOIN(SPLIT({first}, "o"), {second})',
            f"UBOUND({self.pick('list', first)})",
            f"FIRST {self.pick('list', 'c', 'b')}",
            f"IIF({first}, {second}, 1)",
            f"VAL({first})",
            f"SORT(list)[{self.number(0, 2)}]",
            f"APPEND(list, {first})",
            f"MAX({first}, {second})",
            f'FORMAT({first}, "#,##0.00")',
            'DATEADD(TODAY(), 1, "day")',
            "RANDOM(1, 6)",
            "NOW()",
            "ERROR MESSAGE",
            "TOJSON(list)",
            "KEYS(c)",
        )

    def keyword(self, depth: int) -> str:
        """Generate a keyword with a result."""
        return self.pick(
            "(GET a)",
            '(GET "session.b")',
            '(GET "user.k")',
            "(GET BOT MEMORY k)",
            '(GET USER MEMORY "k")',
            '(GET "https://x.test/")',
            f'(POST "https://x.test/", {self.expression(depth)}).status',
            f'(GRAPHQL "https://x.test/", "{{ a }}", #{{v: {self.expression(depth)}}}).data',
            f'(FIND "t", "n=" + {self.expression(depth)})',
            f"(FIND t WHERE n = {self.expression(depth)})[0].n",
            f"(FIND t WHERE n IN (1, {self.expression(depth)}) ORDER BY n LIMIT 1).n",
            '"${a} is ${c.k} or ${UBOUND(list)}"',
            '(FIND "t", "n=${b}").n',
            "(GET SESSION b)",
        )

    def block(self, depth: int, *, loop: bool = False, routine: bool = False) -> None:
        for _ in range(self.number(2, 4)):
            self.statement(depth, loop=loop, routine=routine)

    def statement(self, depth: int, *, loop: bool, routine: bool) -> None:
        kinds = ["talk", "talk", "assign", "assign", "hear", "hear", "typed", "menu", "part", "list"]
        kinds += [
            "hear",
            "typed",
            "asked",
            "lines",
            "offer",
            "model",
            "memory",
            "effect",
            "quiet",
            "with",
            "asked",
            "errors",
        ]
        if depth < 3:
            kinds += ["if", "each", "for", "do", "switch", "select", "line"]
        kinds += (
            ["leave"] * loop + ["return"] * routine + ["call"] * bool(self.routines) + ["script"] * bool(self.scripts)
        )
        getattr(self, f"_{self.pick(*kinds)}")(depth, loop=loop, routine=routine)

    def _talk(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"TALK {self.expression()}")

    def _assign(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"{self.pick(*NAMES)} = {self.expression()}")

    def _lines(self, _depth: int, **_in: bool) -> None:
        block = self.pick("TALK", "SYSTEM PROMPT")
        self.lines += [f"BEGIN {block}", f"It's ${{{self.expression(1)}}}.", "", "${c}!", f"END {block}"]

    def _offer(self, _depth: int, **_in: bool) -> None:
        label = self.expression(1)
        self.lines.append(
            self.pick(
                f"ADD SUGGESTION {label}",
                f'ADD SUGGESTION "now" AS {label}',
                f"ADD SUGGESTION TEXT {label} AS a",
                f"ADD SUGGESTION TOOL {self.pick('start', 'second')} AS {label}",
                f'ADD SUGGESTION {label}, "action:go"',
                "CLEAR SUGGESTIONS",
            )
        )

    def _model(self, _depth: int, **_in: bool) -> None:
        self.lines.append(
            self.pick(
                f"SET CONTEXT {self.expression(1)}",
                f"SET CONTEXT now AS {self.expression(1)}",
                'USE KB "manuals"',
                "USE KB b",
                "CLEAR KB",
                f"USE TOOL {self.pick('start', 'a')}",
                "CLEAR TOOLS",
            )
        )

    def _memory(self, _depth: int, **_in: bool) -> None:
        keyword = self.pick(
            "SET BOT MEMORY k,", "SET USER MEMORY k AS", 'REMEMBER "k",', "REMEMBER k =", "SET SESSION a,"
        )
        self.lines.append(f"{keyword} {self.expression(1)}")

    def _effect(self, _depth: int, **_in: bool) -> None:
        value = self.expression(1)
        self.lines.append(
            self.pick(
                f'PUT "https://x.test/", {value}',
                'DELETE_HTTP "https://x.test/"',
                f'SET HEADER "X-Key", {value}',
                "CLEAR HEADERS",
                f'SAVE "t", {value}, #{{n: 1}}',
                f'UPDATE "t", "n=" + {value}, #{{n: 2}}',
                f'c = INSERT "t", #{{n: {value}}}',
            )
        )

    def _quiet(self, _depth: int, **_in: bool) -> None:
        self.lines.append(
            self.pick(f"PRINT {self.expression(1)}", f"WAIT {self.number(0, 3)}", "APPEND list, a", "list.push(b)")
        )

    def _with(self, _depth: int, **_in: bool) -> None:
        target = self.pick("c", "c.k", "d")
        self.lines += [f"WITH {target}", f".k = {self.expression(1)}", f"n = {self.expression(1)}", "END WITH"]

    def _asked(self, _depth: int, **_in: bool) -> None:
        self.lines.append(
            self.pick(
                f'HEAR "What?" AS {self.pick(*NAMES)}',
                f"HEAR c.k AS BOOLEAN DEFAULT {self.expression(1)}",
                f'{self.pick(*NAMES)} = HEAR "When?" AS DATE',
                f"HEAR b AS MENU list WITH {self.expression(1)}",
                f'IF HEAR "Sure?" = "yes" THEN a = {self.expression(1)}',
            )
        )

    def _errors(self, _depth: int, **_in: bool) -> None:
        self.lines.append(
            self.pick(
                "ON ERROR RESUME NEXT",
                "ON ERROR RESUME NEXT",
                "ON ERROR GOTO 0",
                "CLEAR ERROR",
                f"THROW {self.expression(1)}",
            )
        )

    def _list(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"list = [{self.expression(1)}, {self.expression(1)}, 5]")

    def _part(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"{self.pick('list[0]', 'c.k', 'c.k.n', 'list[UBOUND(list)]')} = {self.expression()}")

    def _hear(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"HEAR {self.pick(*NAMES)}")

    def _typed(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f'HEAR {self.pick(*NAMES)} AS INTEGER WITH "How many?" DEFAULT {self.expression(1)}')

    def _menu(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f'HEAR {self.pick(*NAMES)} AS "yes", "no", list{self.pick("", ", *")}')

    def _leave(self, _depth: int, **_in: bool) -> None:
        leave = self.pick("EXIT FOR", "BREAK", "CONTINUE", "CONTINUE FOR")
        self.lines.append(f"IF {self.expression(1)} THEN {leave}")

    def _return(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"IF {self.expression(1)} THEN RETURN {self.expression(1)}")

    def _call(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f"CALL {self.pick(*self.routines)}({self.expression(1)})")

    def _script(self, _depth: int, **_in: bool) -> None:
        self.lines.append(f'{self.pick("CALL", "a = CALL")} "{self.pick(*self.scripts)}"')

    def _line(self, _depth: int, **_in: bool) -> None:
        condition = self.expression()
        for _ in range(2):
            getattr(self, f"_{self.pick(*SHORT)}")(0, loop=False, routine=False)
        otherwise, then = self.lines.pop(), self.lines.pop()
        self.lines.append(f"IF {condition} THEN {then} ELSE {otherwise}")

    def _if(self, depth: int, *, loop: bool, routine: bool) -> None:
        self.lines.append(f"IF {self.expression()} THEN")
        self.block(depth + 1, loop=loop, routine=routine)
        if self.number(0, 1):
            self.lines.append(f"ELSE IF {self.expression()} THEN")
            self.block(depth + 1, loop=loop, routine=routine)
        if self.number(0, 1):
            self.lines.append("ELSE")
            self.block(depth + 1, loop=loop, routine=routine)
        self.lines.append(self.pick("END IF", "ENDIF"))

    def _each(self, depth: int, *, loop: bool, routine: bool) -> None:
        del loop
        name = self.pick(*NAMES)
        self.lines.append(f"FOR EACH {name} IN {self.pick('list', self.expression(1))}{self.pick('', ' DO')}")
        self.block(depth + 1, loop=True, routine=routine)
        self.lines.append(self.pick("NEXT", f"NEXT {name}", "END FOR"))

    def _for(self, depth: int, *, loop: bool, routine: bool) -> None:
        del loop
        self.counters += 1
        name = f"i{self.counters}"
        self.lines.append(f"FOR {name} = {self.number(0, 2)} TO {self.number(0, 3)}")
        self.block(depth + 1, loop=True, routine=routine)
        self.lines.append("NEXT")

    def _do(self, depth: int, *, loop: bool, routine: bool) -> None:
        self.counters += 1
        name = f"n{self.counters}"
        self.lines += [f"{name} = 0", self.pick(f"DO WHILE {name} < 2", f"WHILE {name} < 2", f"DO UNTIL {name} >= 2")]
        ending = "WEND" if self.lines[-1].startswith("WHILE") else "LOOP"
        self.lines.append(f"{name} = {name} + 1")
        self.block(depth + 1, loop=loop, routine=routine)
        self.lines.append(ending)

    def _switch(self, depth: int, *, loop: bool, routine: bool) -> None:
        self.lines.append(f"SWITCH {self.expression()}")
        for _ in range(self.number(1, 2)):
            self.lines.append(f"CASE {self.expression(1)}, {self.expression(1)}")
            self.block(depth + 1, loop=loop, routine=routine)
        if self.number(0, 1):
            self.lines.append("DEFAULT")
            self.block(depth + 1, loop=loop, routine=routine)
        self.lines.append("END SWITCH")

    def _select(self, depth: int, *, loop: bool, routine: bool) -> None:
        self.lines += [f"SELECT CASE {self.expression()}", f"CASE {self.expression(1)} : TALK a", "CASE ELSE"]
        self.block(depth + 1, loop=loop, routine=routine)
        self.lines.append("END SELECT")


@st.composite
def bots(draw: st.DrawFn) -> tuple[str, str]:
    """Return two scripts of a bot; the first calls the second and its own routines."""
    second = Writer(draw)
    second.block(1)
    main = Writer(draw, scripts=("second",), lines=['list = ["x", "yes", 3]', "a = 1", 'b = "b"', "c = #{k: 1, n: 2}"])
    if draw(st.integers(0, 3)):
        main.lines.append("ON ERROR RESUME NEXT")
    routines: list[str] = []
    for index in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(("SUB", "FUNCTION")))
        # A routine calls only those before it, so that every script ends.
        body = Writer(draw, routines=tuple(f"r{before}" for before in range(index)), counters=100 * (index + 1))
        body.block(1, routine=True)
        routines += [f"{kind} r{index}(p)", "TALK p", *body.lines, f"END {kind}"]
        main.routines = (*main.routines, f"r{index}")
    routines += ["FUNCTION bare", f"RETURN {Writer(draw).expression(1)}", "END FUNCTION"]
    main.block(0)
    return "\n".join([*main.lines, *routines]), "\n".join(second.lines)
