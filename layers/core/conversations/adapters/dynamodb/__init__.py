"""The stores, on DynamoDB. One module per table knows its keys and items; the others know the requests."""
