' Asks for what only the person who booked knows.
DESCRIPTION "Returns an appointment by its address and code, or nothing."

HEAR email AS EMAIL WITH "Which email address did you give?"
HEAR answer WITH "And your code?"
given = UCASE(TRIM(answer))
mine = FIND appointments WHERE email = email AND code = given
IF UBOUND(mine) = 0 THEN
    TALK "I find no appointment with that address and code."
    RETURN NULL
END IF
RETURN mine[0]
