PARAM product AS STRING LIKE "Assam" DESCRIPTION "Which product?"
PARAM quantity AS INTEGER LIKE 2 DESCRIPTION "How many?"
DESCRIPTION "Puts a product into the cart."

wanted = NULL
FOR EACH candidate IN FIND "products"
    IF ISNULL(wanted) AND INSTR(LCASE(candidate.name), LCASE(TRIM(product))) > 0 THEN wanted = candidate
NEXT candidate
IF ISNULL(wanted) THEN RETURN "We have no ${product}."
IF quantity < 1 THEN RETURN "Nothing is added."

cart = GET SESSION "cart"
IF NOT cart THEN cart = []
already = 0
FOR EACH item IN cart
    IF item.id = wanted.id THEN already = item.quantity
NEXT item
IF already + quantity > wanted.stock THEN RETURN "Of ${wanted.name} only ${wanted.stock} are left."

changed = [#{id: wanted.id, name: wanted.name, price: wanted.price, quantity: already + quantity}]
FOR EACH item IN cart
    IF item.id <> wanted.id THEN APPEND changed, item
NEXT item
SET SESSION "cart", changed
RETURN "${already + quantity} x ${wanted.name} in the cart."
