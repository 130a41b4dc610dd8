DESCRIPTION "Takes everything out of the cart."

cart = []
RETURN "The cart is empty."
