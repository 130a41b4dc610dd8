"""The interfaces that the use cases need: one module per noun. ``conversations.adapters`` implements them."""
