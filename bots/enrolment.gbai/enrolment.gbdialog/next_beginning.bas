' The next day on which the course begins, never today.
PARAM course AS STRING LIKE "Pottery"

SWITCH course
CASE "Pottery"
    weekday_of_course = 2
CASE "Bookbinding"
    weekday_of_course = 4
DEFAULT
    weekday_of_course = 7
END SWITCH
day = ADD_DAYS(TODAY(), 1)
WHILE WEEKDAY(day) <> weekday_of_course
    day = ADD_DAYS(day, 1)
WEND
RETURN day
