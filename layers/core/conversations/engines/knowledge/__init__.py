"""Search in the knowledge bases of bots, and answers from them."""
