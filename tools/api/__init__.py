"""The documents of the API, generated from the registry of operations and the models."""
