"""The client without I/O: it takes frames, responses and the time, and returns what to send and what has happened."""
