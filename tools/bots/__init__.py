"""Bot packages: checking, publishing, listing and playing them.

A package is a folder ``<bot id>.gbai``; docs/bots.md says what it holds.
"""
