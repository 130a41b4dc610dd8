"""Checks a deployment from outside, in five minutes: what cannot be verified without an AWS account."""
