DESCRIPTION "Lists the tickets of the user."

mine = GET USER MEMORY "tickets"
IF NOT mine THEN RETURN "You have no tickets."
lines = []
FOR EACH number IN mine
    ticket = FIND tickets WHERE id = number
    file = IIF(ticket.file = "", "", "with a file")
    IF ticket <> NULL THEN APPEND lines, "| " + number + " | " + LEFT(ticket.opened_at, 10) + " | " + short(ticket.problem) + " | " + file + " | " + ticket.status + " |"
NEXT number
RETURN "| Ticket | Opened | What happened | | Status |\n|---|---|---|---|---|\n" + JOIN(lines, "\n")

' A cell of a table has one line, and ends at a bar.
FUNCTION short(text)
    line = REPLACE(REPLACE(text, "\n", " "), "|", "/")
    IF LEN(line) > 60 THEN RETURN LEFT(line, 59) + "…"
    RETURN line
END FUNCTION
