PARAM order_id AS STRING LIKE "A1B2C3D4" DESCRIPTION "What is the number of your order?"
DESCRIPTION "Says what has become of an order."

number = UCASE(TRIM(order_id))
orders = FIND shop_orders WHERE id = number
IF UBOUND(orders) = 0 THEN RETURN "There is no order with this number."
order = orders[0]
day = FORMAT(order.ordered_on, "d MMMM")
price = FORMAT(order.total, "0.00")
RETURN "Your order of ${day} over ${price} is ${order.status}."
