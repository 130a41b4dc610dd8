"""The back end: from trees to a program, after everything has been checked."""
