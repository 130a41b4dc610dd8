' Runs once for each new ticket, some seconds later. A mail takes 7 MB of files; a larger one is named.
ON INSERT OF "tickets"

attached = []
note = ""
IF row.file <> "" AND row.file_size <= 7000000 THEN APPEND attached, row.file
IF row.file_size > 7000000 THEN note = "\n\nThe file is too large for a mail. It is in the drive of the bot: ${row.file}"
SEND MAIL support_address, "Ticket ${row.id}", "From: ${row.email}\n\n${row.problem}${note}", attached
