"""The syntax tree of a script: the parser builds it, the checker and the compiler read it."""
