"""Asks the servers of webhook bots over HTTP."""
