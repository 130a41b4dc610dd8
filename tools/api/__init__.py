"""The documents and example events of the API, generated from the registry of operations and the models."""
