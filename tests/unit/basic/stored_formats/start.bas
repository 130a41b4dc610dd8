PARAM seats AS INT DEFAULT 2
TABLE bookings READ BY "hr"
id string(10) key
END TABLE
FUNCTION double(x)
RETURN x * 2
END FUNCTION
FOR i = 1 TO seats
HEAR day AS DATE WITH "Day " + i + "?"
SAVE "bookings", day
NEXT
TALK double(seats)
rows = FILTER(days, "day>'" + day + "'")
