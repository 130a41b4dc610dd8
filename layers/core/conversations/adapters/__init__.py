"""Implementations of the ports, one class per port. The only code that uses boto3, PyJWT and the tables."""
