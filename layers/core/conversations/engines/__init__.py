"""Engines: one module per kind of bot."""
