"""General Bots BASIC: the dialog language as data that stops at a HEAR and goes on from there, with no AWS in it."""
