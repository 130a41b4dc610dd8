"""The Conversations API: one user, one bot, and every message between them."""
