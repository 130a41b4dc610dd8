"""OpenAI's chat completions, as far as bots have them: requests, responses, models and errors."""

MODEL_PREFIX = "bot:"
"""A bot's name as a model is this and its id."""
