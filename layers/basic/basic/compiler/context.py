"""What the front end knows about a bot besides its scripts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildContext:
    """The environment that a bot is built for.

    Parameters
    ----------
    collections
        The knowledge bases of the bot; None if they are unknown.
    model
        Whether it has a language model, which LLM needs.
    variables
        Variables that its configuration sets.
    """

    collections: frozenset[str] | None = None
    model: bool = False
    variables: frozenset[str] = frozenset()
