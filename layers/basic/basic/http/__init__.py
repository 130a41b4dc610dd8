"""HTTP for scripts: what the keywords send and get, the guard on where they may reach, and the client that obeys it."""
