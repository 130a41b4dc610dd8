"""From the text of one script to its tree and its faults."""

from typing import NamedTuple

from basic.faults import Fault, Place
from basic.syntax.blocks import MOST_FAULTS, Blocks, TooManyFaultsError
from basic.syntax.tokens import LONGEST_SCRIPT, Problem, tokenize
from basic.syntax.tree import Block, Tree


class Parsed(NamedTuple):
    """A script as far as it could be read, and what is wrong with it, from top to bottom."""

    tree: Tree
    faults: list[Fault]


def parse(file: str, text: str) -> Parsed:
    """Read a script.

    Parameters
    ----------
    file
        What the faults call the script.
    text
        The script.
    """
    if len(text) > LONGEST_SCRIPT:
        sentence = f"the script has more than {LONGEST_SCRIPT:,} characters"
        return Parsed(Tree((), (), (), (), "", ""), [Fault(file, Place(1, 1), sentence)])
    tokens, unreadable = tokenize(text)
    problems: list[Problem] = []
    blocks = Blocks(tokens, problems)
    body: Block = ()
    try:
        body = blocks.run()
    except TooManyFaultsError:
        problems[MOST_FAULTS:] = [Problem(problems[MOST_FAULTS].place, "too many faults; the rest was not read")]
    # A line with characters that cannot be read has no grammar worth a second fault.
    lines = {problem.place.line for problem in unreadable}
    problems = [*unreadable[:MOST_FAULTS], *(problem for problem in problems if problem.place.line not in lines)]
    tree = Tree(
        body,
        tuple(blocks.routines),
        tuple(blocks.parameters),
        tuple(blocks.tables),
        blocks.description,
        blocks.webhook,
        blocks.webhook_at,
    )
    return Parsed(tree, located(file, text, problems))


def located(file: str, text: str, problems: list[Problem]) -> list[Fault]:
    """Give problems their file and their lines, in order and each once."""
    lines = text.split("\n")
    return [
        Fault(file, place, sentence, lines[place.line - 1].rstrip("\r") if place.line <= len(lines) else "")
        for place, sentence in sorted(set(problems))
    ]
