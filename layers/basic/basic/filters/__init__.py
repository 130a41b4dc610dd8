"""Filters: the language of conditions on rows that FIND, UPDATE, DELETE and FILTER share."""
