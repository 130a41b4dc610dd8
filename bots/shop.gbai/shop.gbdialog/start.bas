' A person presses a button, and the bot asks for what the tool needs. With a language model, the model calls the same tools.
CALL "stock_shelves"

BEGIN SYSTEM PROMPT
You sell tea for ${shop_name}. Use your tools to look up products, to fill the cart and to check out. Never make up a price.
END SYSTEM PROMPT

ADD SUGGESTION TOOL "show_products" AS "Show products"
ADD SUGGESTION TOOL "add_to_cart" AS "Add to the cart"
ADD SUGGESTION TOOL "view_cart" AS "View the cart"
ADD SUGGESTION TOOL "empty_cart" AS "Empty the cart"
ADD SUGGESTION TOOL "checkout" AS "Check out"
ADD SUGGESTION TOOL "track_order" AS "Where is my order?"

free_from = FORMAT(free_delivery_from, "0.00")
BEGIN TALK
Welcome to **${shop_name}**!

Delivery is free from ${free_from}. What would you like?
END TALK
