"""An estimate of tokens, without the tokenizer of any model.

A tokenizer differs from model to model and is larger than this project. The estimate is the UTF-8 size divided by 3,
and ``MESSAGE_TOKENS`` for each message: English has about 4 bytes in a token, other European languages 3 to 4, Cyrillic
and Greek 4 to 5, Chinese and Japanese 3 to 4. So it is rather too high, by a third for English, and a prompt that fits
the estimate fits the model.
"""

import json
from collections.abc import Iterable

from conversations.domain.model import ModelTool

BYTES_PER_TOKEN = 3

MESSAGE_TOKENS = 4
"""Tokens around the content of a message: its role and its end."""


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a message with this text."""
    return MESSAGE_TOKENS - (-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)


def shorten(text: str, tokens: int) -> str:
    """Return the beginning of a text that has at most so many tokens, by the estimate, as a message."""
    size = max(tokens - MESSAGE_TOKENS, 0) * BYTES_PER_TOKEN
    content = text.encode(errors="replace")
    return text if len(content) <= size else content[:size].decode(errors="ignore")


def estimate_tools(tools: Iterable[ModelTool]) -> int:
    """Estimate the tokens of the descriptions of tools."""
    return sum(estimate_tokens(f"{tool.name}{tool.description}{json.dumps(tool.parameters)}") for tool in tools)
