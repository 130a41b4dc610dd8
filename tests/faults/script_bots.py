"""The default bot as a bot of scripts, for the scenarios that look at what scripts have done."""

from dataclasses import dataclass

from basic.bundle import Bundle, dump_bundle, make_bundle
from basic.package import build
from conversations.domain.bot import Bot
from conversations.engines import basic
from conversations.engines.basic.programs import build_program, build_program_key
from tests.aws import BUCKET, Aws
from tests.faults.bot import BOT, GREETING

GREET = f"""
TALK "{GREETING[0]}"
TALK "{GREETING[1]}"
"""
"""Statements that greet."""

ANSWER = """
    number = VAL(MID(question, 10))
    parts = 1
    IF number MOD 2 = 0 THEN parts = 2
    IF number MOD 3 = 0 THEN parts = 3
    FOR part = 1 TO parts
        TALK "answer " + number + " part " + part
    NEXT
"""
"""Statements that answer ``question``, as ``tests.faults.bot.build_answers`` does."""


@dataclass(frozen=True, slots=True)
class ScriptBot:
    """The default bot with scripts.

    Attributes
    ----------
    name
        Its name.
    bundle
        Its compiled scripts.
    """

    name: str
    bundle: Bundle

    @property
    def key(self) -> str:
        """The key of the scripts in the bucket."""
        return build_program_key(BOT.id, self.bundle.program.id)

    @property
    def bot(self) -> Bot:
        """The item of the bot."""
        program = build_program(BOT.id, self.bundle.program)
        return Bot(id=BOT.id, name=self.name, engine=basic.ENGINE, program=program)

    def store(self, aws: Aws) -> None:
        """Put the scripts into the bucket."""
        aws.s3.put_object(Bucket=BUCKET, Key=self.key, Body=dump_bundle(self.bundle).encode())


def build_script_bot(name: str, **scripts: str) -> ScriptBot:
    """Compile scripts, given by their names."""
    built = build({f"{script}.bas": text for script, text in scripts.items()})
    assert built.program is not None, [str(fault) for fault in built.diagnostics]
    return ScriptBot(name, make_bundle(built.program, {}, frozenset()))
