"""Engines that answer with a language model."""

ENGINE = "model"
"""Name of the engine in the item of a bot that has no scripts."""
