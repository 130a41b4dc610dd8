"""Implementations of the ports, one class per port. The only code that uses botocore, PyJWT and the tables."""
