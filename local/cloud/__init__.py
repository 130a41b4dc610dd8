"""Deploys to AWS and removes deployments, with the credentials of the shell."""

DESCRIPTION_FILES = "aws-*.json"
"""The descriptions of deployments in ``.local``, as a glob pattern."""
