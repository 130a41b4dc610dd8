"""Asks language models: OpenAI-compatible endpoints over HTTP, and Amazon Bedrock. No SDK of a provider is used."""
