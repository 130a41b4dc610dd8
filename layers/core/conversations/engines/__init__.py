"""Engines: one module or package per kind of bot."""
