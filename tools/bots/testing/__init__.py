"""Tests of bots: conversations in text files, which are run and compared. See "Testing" in docs/bots.md."""
