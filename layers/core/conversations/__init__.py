"""The Conversations API: one user, one bot, and every message between them."""

import gc

# Every function imports this package first. Importing creates many objects and drops few, and with the default of 2,000
# new objects the collector visits all of them again and again: a fifth of the processor time of a cold start.
gc.set_threshold(250_000)
