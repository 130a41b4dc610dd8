' Asks a shop's service where an order is. The service is the one of param-orders-url in config.csv:
'   GET  /orders?number=7&postcode=10001   an array with the order, or an empty one
'   POST /callbacks                        {order, phone}: somebody calls back

TALK "Hello! I can tell you where your parcel is."
DO
    CALL "track"
    HEAR more AS BOOLEAN WITH "Shall I look for another order?" DEFAULT FALSE
    IF NOT more THEN EXIT DO
LOOP
TALK "Have a good day!"
