"""Reads the text of documents: PDF, Word, Excel, HTML and plain texts, from anybody, in bounded time and memory."""
