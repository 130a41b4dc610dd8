"""Front-door proxy: one origin for the chat page, the REST API and the WebSocket, with API Gateway's behaviour.

Wherever the proxy compensates for a difference of the emulator, a comment or docstring describes what AWS does.
"""
