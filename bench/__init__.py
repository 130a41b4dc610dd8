"""Benchmarks: the handlers compared with bare boto3 making the same calls, on the running local stack."""
