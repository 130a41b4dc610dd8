"""The use cases, one module per noun. They know the domain and its ports, and nothing of AWS."""
