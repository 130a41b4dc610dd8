"""Keys and items: one module per table or kind of item that several stores share."""
