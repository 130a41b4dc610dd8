"""All that is stored about a user: its export and its deletion."""
