"""Semantic checks: names, argument counts, and what this runtime does not support yet."""
