"""The tables: their keys and items, one module per table."""
