DESCRIPTION "Shows what is in the cart and what it costs."

cart = GET SESSION "cart"
IF NOT cart THEN RETURN "The cart is empty."
lines = []
total = 0
FOR EACH item IN cart
    APPEND lines, "| " + item.quantity + " | " + item.name + " | " + FORMAT(item.quantity * item.price, "0.00") + " |"
    total = total + item.quantity * item.price
NEXT item
RETURN "| | Product | Price |" + CHR(10) + "|---|---|---:|" + CHR(10) + JOIN(lines, CHR(10)) + CHR(10) + CHR(10) + "Together: **" + FORMAT(total, "0.00") + "**"
