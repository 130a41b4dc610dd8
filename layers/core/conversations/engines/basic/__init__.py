"""The BASIC engine: runs bots written in BASIC. It adapts the package `basic`, which knows nothing of conversations."""

ENGINE = "basic"
"""Name of this engine in a bot's configuration."""
