PARAM order_id AS STRING LIKE "A1B2C3D4" DESCRIPTION "What is the number of your order?"
DESCRIPTION "Says what has become of an order."

number = UCASE(TRIM(order_id))
order = FIND "shop_orders", "id=${number}"
IF order = NULL THEN RETURN "There is no order with this number."
day = FORMAT(order.ordered_on, "d MMMM")
price = FORMAT(order.total, "0.00")
RETURN "Your order of ${day} over ${price} is ${order.status}."
