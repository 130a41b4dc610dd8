PARAM number AS INTEGER LIKE 7 DESCRIPTION "The order"
DESCRIPTION "Has somebody call the user back."

HEAR wanted AS BOOLEAN WITH "Shall somebody call you about it?"
IF NOT wanted THEN RETURN
HEAR phone AS PHONE WITH "At which number?"
IF phone = "" THEN
    TALK "Then we cannot call."
    RETURN
END IF

answer = NULL
ON ERROR RESUME NEXT
answer = POST orders_url + "/callbacks", #{order: number, phone: phone}
ON ERROR GOTO 0
IF NOT ISNULL(answer) AND answer.status = 201 THEN
    TALK "We will call " + phone + "."
ELSE
    TALK "That did not work either, sorry. Please try again later."
END IF
