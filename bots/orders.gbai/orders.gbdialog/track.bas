DESCRIPTION "Says where an order is."

CLEAR SUGGESTIONS
HEAR number AS INTEGER WITH "What is the number of your order?"
HEAR postcode AS ZIPCODE WITH "And the postal code it goes to?"
IF number <= 0 OR postcode = "" THEN
    TALK "Without both I cannot look."
    RETURN
END IF

found = NULL
SET HEADER "Accept", "application/json"
ON ERROR RESUME NEXT
found = GET orders_url + "/orders?number=" + number + "&postcode=" + postcode
ON ERROR GOTO 0

IF ISNULL(found) THEN
    TALK "Our order service does not answer just now."
    CALL "call_back", number
    RETURN
END IF
IF UBOUND(found) = 0 THEN
    TALK "I find no order " + number + " for that postal code."
    RETURN
END IF

order = found[0]
SWITCH order.status
CASE "received", "packed"
    TALK "Order " + number + " is being packed, and leaves us soon."
CASE "shipped"
    TALK "Order " + number + " is on its way:"
    FOR EACH stop IN order.stops
        TALK FORMAT(stop.at, "d MMM, HH:mm") + ": " + stop.place
    NEXT stop
CASE "delivered"
    TALK "Order " + number + " was delivered on " + FORMAT(order.delivered, "d MMMM") + "."
DEFAULT
    TALK "Something is unusual about order " + number + "."
    CALL "call_back", number
END SWITCH
