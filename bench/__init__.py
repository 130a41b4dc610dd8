"""What is measured: our code beside bare boto3 doing the same calls, in one run, on the running local stack."""
