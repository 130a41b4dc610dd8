' Free text is answered from the pages of helpdesk.gbkb: by a language model if there is one, otherwise by the best passage.
USE KB "helpdesk.gbkb"

BEGIN SYSTEM PROMPT
You are the help desk of the Conversations API. Answer from the documents only, briefly. If they have no answer, offer to open a ticket.
END SYSTEM PROMPT

ADD SUGGESTION TOOL "open_ticket" AS "Open a ticket"
ADD SUGGESTION TOOL "my_tickets" AS "My tickets"
ADD SUGGESTION TOOL "close_ticket" AS "Close a ticket"

BEGIN TALK
Hello! Ask me about the **Conversations API**, for example:

- How do I upload a file?
- How many messages may I send per minute?

What I do not know, a person will answer: open a ticket.
END TALK
