"""The stores on DynamoDB: one module per store, its keys and items in ``schema``, its requests built from the rest."""
