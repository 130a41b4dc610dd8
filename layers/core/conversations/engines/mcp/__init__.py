"""Tools of MCP servers (Model Context Protocol, revision 2026-07-28, streamable HTTP), which have no sessions.

Each request is one POST with one response; there is no handshake and no session.
"""
