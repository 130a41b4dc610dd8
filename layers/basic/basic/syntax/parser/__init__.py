"""The parser: small parsers that share one token cursor, put together in `basic.syntax.parser.script`."""
