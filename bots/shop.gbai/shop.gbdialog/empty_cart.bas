DESCRIPTION "Takes everything out of the cart."

SET SESSION "cart", []
RETURN "The cart is empty."
