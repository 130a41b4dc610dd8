"""Bots written in the dialog language: the package `basic`, which knows nothing of conversations, on their protocol."""

ENGINE = "basic"
"""The name bots know this engine by."""
