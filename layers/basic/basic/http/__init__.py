"""HTTP for scripts: the requests and results of the keywords, the guard of addresses, and the client."""
