"""The AG-UI protocol, version 1, as far as bots have it: the input of a run, and its events."""
