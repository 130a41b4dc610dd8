PARAM day AS DATE LIKE "2030-12-24" DESCRIPTION "For which day?"
DESCRIPTION "Lists the hours of a day at which the table is free."

booked = MAP(FIND bookings WHERE day = day, "hour")
free = []
FOR EACH candidate IN ["18:00", "20:00", "22:00"]
    IF NOT CONTAINS(booked, candidate) THEN APPEND free, candidate
NEXT candidate
IF UBOUND(free) = 0 THEN RETURN "Nothing is free on " + day + "."
RETURN "Free on " + day + ": " + JOIN(free, ", ")
