"""The domain: entities, rules and errors. Standard library and pydantic only."""
