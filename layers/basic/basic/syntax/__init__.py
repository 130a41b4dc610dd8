"""The front end: parses the text of a script to its syntax tree and reports every syntax error."""
