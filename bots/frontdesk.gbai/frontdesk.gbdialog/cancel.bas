PARAM code AS STRING LIKE "A1B2C3" DESCRIPTION "What is the code of your booking?"
DESCRIPTION "Cancels a booking."

removed = DELETE "bookings", "code=" + UCASE(TRIM(code))
IF removed = 0 THEN RETURN "There is no booking with this code."
RETURN "The booking is cancelled."
