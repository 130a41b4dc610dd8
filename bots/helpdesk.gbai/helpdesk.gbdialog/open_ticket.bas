DESCRIPTION "Opens a ticket: asks what happened, for a mail address, and for a screenshot or another file."

HEAR problem WITH "What happened? Please describe it in a sentence or two."
HEAR email AS EMAIL WITH "To which mail address may we answer?"
IF CANCELLED OR email = "" THEN RETURN "No ticket is opened: without an address we cannot answer."

number = UCASE(LEFT(GUID(), 8))
file = ask_file(number)
' mail_support.bas mails the new row to the support.
INSERT "tickets", #{id: number, email: email, problem: LEFT(problem, 2000), file: file.path, file_size: file.size, status: "open", opened_at: NOW()}

mine = GET USER MEMORY "tickets"
IF NOT mine THEN mine = []
APPEND mine, number
SET USER MEMORY "tickets", mine
RETURN "Ticket ${number} is open. We will write to ${email}."

' Returns the path and the size of the file in the drive; the path is empty without one.
FUNCTION ask_file(number)
    HEAR has_file AS BOOLEAN WITH "Do you have a screenshot, or another file that shows it?"
    IF CANCELLED OR NOT has_file THEN RETURN #{path: "", size: 0}
    HEAR file AS FILE WITH "Please attach it."
    IF CANCELLED OR file = "" THEN RETURN #{path: "", size: 0}
    kept = UPLOAD file TO "tickets/${number}"
    RETURN kept
END FUNCTION
