"""The entry points of REST, WebSocket, queues and the authorizer: parse a call, run it, present the result."""
