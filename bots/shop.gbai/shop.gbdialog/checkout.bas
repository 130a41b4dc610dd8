DESCRIPTION "Orders what is in the cart: asks for name, mail address and address."

cart = GET SESSION "cart"
IF NOT cart THEN RETURN "The cart is empty."
total = 0
FOR EACH item IN cart
    total = total + item.quantity * item.price
NEXT item
IF total < free_delivery_from THEN total = total + delivery_fee

HEAR customer AS NAME WITH "What is your name?"
HEAR email AS EMAIL WITH "Where shall we send the bill?"
HEAR address WITH "And where shall we deliver?"
IF customer = "" OR email = "" OR address = "" THEN RETURN "Without a name and both addresses we cannot deliver. The cart is as it was."
HEAR agreed AS BOOLEAN WITH "That is " + FORMAT(total, "0.00") + " with delivery. Shall I order?"
IF NOT agreed THEN RETURN "Nothing is ordered. The cart is as it was."

' Another customer may have bought the last one meanwhile: then nothing of this cart stays taken.
taken = []
FOR EACH item IN cart
    IF take(item.id, item.quantity) THEN
        APPEND taken, item
    ELSE
        FOR EACH other IN taken
            take(other.id, 0 - other.quantity)
        NEXT other
        RETURN item.name + " is sold out. Please take it out of the cart."
    END IF
NEXT item

order_id = UCASE(LEFT(GUID(), 8))
INSERT INTO shop_orders (id, customer, email, address, total, status, ordered_on) VALUES (order_id, customer, email, address, total, "received", TODAY())
FOR EACH item IN cart
    INSERT INTO order_items (id, order_id, product_id, quantity, price) VALUES ("${order_id}-${item.id}", order_id, item.id, item.quantity, item.price)
NEXT item
SET SESSION "cart", []
RETURN "Thank you, ${customer}! The number of your order is ${order_id}."

' UPDATE checks its condition again when it writes, so two customers cannot take the same piece.
FUNCTION take(id, quantity)
    DO
        product = FIND "products", "id=${id}"
        IF product.stock < quantity THEN RETURN FALSE
        IF UPDATE("products", "id=${id} AND stock=${product.stock}", #{stock: product.stock - quantity}) = 1 THEN RETURN TRUE
    LOOP
END FUNCTION
