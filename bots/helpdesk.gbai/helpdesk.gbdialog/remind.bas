' Reminds the support of what is open since yesterday or longer, in one mail.
SET SCHEDULE "weekdays at 8am"

waiting = FIND tickets WHERE status = "open" AND opened_at < TODAY() ORDER BY opened_at LIMIT 100
IF UBOUND(waiting) = 0 THEN RETURN
lines = []
FOR EACH ticket IN waiting
    APPEND lines, "${ticket.id} of ${LEFT(ticket.opened_at, 10)}, ${ticket.email}"
NEXT ticket
SEND MAIL support_address, "Open tickets: ${UBOUND(lines)}", JOIN(lines, "\n")
