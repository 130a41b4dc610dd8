' The language model talks, and calls the scripts beside this one. Without a model the buttons work, too.

BEGIN SYSTEM PROMPT
You are the front desk of the restaurant ${restaurant}. With your tools you find free hours, and book and cancel tables.
Be friendly and brief. Say the code of a booking exactly as the tool returns it.
END SYSTEM PROMPT

USE TOOL "free_hours"
ADD SUGGESTION TOOL "book" AS "Book a table"
ADD SUGGESTION TOOL "cancel" AS "Cancel a booking"
TALK "Welcome to " + restaurant + "! Shall I find you a table?"
