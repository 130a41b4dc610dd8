"""Measurements: each module measures one subject and returns a figure, from which ``docs/benchmarks.md`` is made."""
