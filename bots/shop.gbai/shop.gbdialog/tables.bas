' A visitor can read the products; only the scripts write them.
TABLE products
    id string(20) key
    name string(80)
    category string(20)
    price number(10,2)
    stock integer
END TABLE

' An order is one row; its items are one row each, with the price at which they were sold.
TABLE shop_orders
    id string(8) key
    customer string(100)
    email string(254)
    address string(300)
    total number(10,2)
    status string(20)
    ordered_on date
END TABLE

TABLE order_items
    id string(40) key
    order_id string(8) references shop_orders
    product_id string(20) references products
    quantity integer
    price number(10,2)
END TABLE
