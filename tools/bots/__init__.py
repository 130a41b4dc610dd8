"""Checks, publishes, lists and runs bot packages.

A package is a folder ``<bot id>.gbai``; docs/bots.md describes its files.
"""
