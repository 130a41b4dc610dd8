"""The use cases, one module each. They depend on the ports and know nothing of AWS."""
