"""Commands for operators. Never deployed."""
