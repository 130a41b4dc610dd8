"""The front end: from a script's text to its tree, and every fault on the way."""
