"""What clients see: REST bodies, socket frames, problems and the list of operations."""
