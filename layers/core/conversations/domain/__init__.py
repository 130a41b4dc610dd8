"""What the product is about: entities, rules, errors and ports. Standard library and pydantic only."""
