DESCRIPTION "Closes a ticket of the user."

mine = GET USER MEMORY "tickets"
IF NOT mine THEN RETURN "You have no open tickets."
still_open = []
FOR EACH candidate IN mine
    ticket = FIND tickets WHERE id = candidate AND status = "open"
    IF ticket <> NULL THEN APPEND still_open, candidate
NEXT candidate
IF UBOUND(still_open) = 0 THEN RETURN "You have no open tickets."

HEAR number AS MENU still_open WITH "Which ticket shall I close?"
IF CANCELLED OR number = "" THEN RETURN "All tickets stay open."
UPDATE tickets SET status = "closed" WHERE id = number
RETURN "Ticket ${number} is closed."
