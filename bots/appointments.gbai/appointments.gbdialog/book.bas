DESCRIPTION "Books an appointment."

day = ask_day()
IF day <> "" THEN
    hour = ask_hour(day)
    IF hour <> "" THEN
        HEAR email AS EMAIL WITH "Which email address shall I note?"
        IF email = "" THEN
            TALK "Without an address I cannot book."
        ELSE
            take(day, hour, email)
        END IF
    END IF
END IF

' A working day that has a free slot, or nothing if none was named.
FUNCTION ask_day()
    FOR attempt = 1 TO 3
        CLEAR SUGGESTIONS
        ADD SUGGESTION "Today"
        ADD SUGGESTION "Tomorrow"
        HEAR wanted AS DATE WITH "On which day?"
        CLEAR SUGGESTIONS
        IF CANCELLED OR wanted = "" THEN EXIT FOR
        IF wanted < TODAY() THEN
            TALK "That day is over."
        ELSE IF WEEKDAY(wanted) = 1 OR WEEKDAY(wanted) = 7 THEN
            TALK "We are closed at weekends."
        ELSE IF UBOUND(free_hours(wanted)) = 0 THEN
            TALK "Nothing is free on that day."
        ELSE
            RETURN wanted
        END IF
    NEXT attempt
    TALK "Then let us leave it at that."
    RETURN ""
END FUNCTION

' A free hour of that day, or nothing if none was named.
FUNCTION ask_hour(wanted)
    FOR attempt = 1 TO 3
        free = free_hours(wanted)
        CLEAR SUGGESTIONS
        FOR EACH slot IN free
            ADD SUGGESTION slot
        NEXT slot
        HEAR chosen AS HOUR WITH "At what time?"
        CLEAR SUGGESTIONS
        IF CANCELLED OR chosen = "" THEN EXIT FOR
        IF CONTAINS(free, chosen) THEN RETURN chosen
        TALK "That is not free. Free are: " + JOIN(free, ", ") + "."
    NEXT attempt
    TALK "Then let us leave it at that."
    RETURN ""
END FUNCTION

FUNCTION free_hours(wanted)
    booked = FIND appointments WHERE day = wanted
    taken = MAP(booked, "hour")
    free = []
    FOR candidate = first_hour TO last_hour
        slot = RIGHT("0" + candidate, 2) + ":00"
        ' What is over cannot be booked.
        IF NOT CONTAINS(taken, slot) AND wanted + " " + slot > LEFT(NOW(), 16) THEN APPEND free, slot
    NEXT candidate
    RETURN free
END FUNCTION

' Somebody else may have asked for the same slot meanwhile: the table decides.
SUB take(wanted, chosen, address)
    code = UCASE(LEFT(GUID(), 6))
    booked = INSERT "appointments", #{id: wanted + " " + chosen, day: wanted, hour: chosen, email: address, code: code}
    IF booked.success THEN
        TALK "Booked: " + FORMAT(wanted, "dddd, d MMMM yyyy") + " at " + chosen + ". Your code is " + code + "; you need it to change anything."
    ELSE
        TALK "Somebody was faster, sorry. Please choose another time."
    END IF
END SUB
