"""The engine of webhook bots, which are answered by their authors' own bot servers.

Not to be confused with `conversations.engines.basic.webhooks`, the webhooks of scripts, which other systems call.
"""

ENGINE = "webhook"
"""Name of the engine in the item of a bot."""
