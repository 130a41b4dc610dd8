DESCRIPTION "Asks for days off."
days = 0
HEAR days AS INTEGER WITH "How many days?"
HEAR first AS DATE WITH "From which day on?"
INSERT "requests", #{days: days, first: first}
TALK days + " days from " + first + ": I have written it down."
WAIT 2
TALK "There are " + UBOUND(FIND "requests") + " requests now."
