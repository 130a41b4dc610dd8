PARAM category AS STRING ENUM ["tea", "pots and cups"] DESCRIPTION "Which products?"
DESCRIPTION "Lists the products of a category with their prices."

rows = FIND "products", "category=${category} ORDER BY price"
lines = []
FOR EACH product IN rows
    left = ""
    IF product.stock = 0 THEN left = ", sold out"
    APPEND lines, "- " + product.name + ": " + FORMAT(product.price, "0.00") + left
NEXT product
RETURN JOIN(lines, CHR(10))
