"""The real ends of the ports. The only code that knows boto3, PyJWT and the tables."""
