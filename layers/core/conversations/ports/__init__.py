"""The interfaces that the services need, one module per noun; ``conversations.adapters`` implements them."""
