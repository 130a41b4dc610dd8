PARAM day AS DATE LIKE "2030-12-24" DESCRIPTION "For which day?"
PARAM hour AS STRING ENUM ["18:00", "20:00", "22:00"] DESCRIPTION "At what time?"
PARAM guests AS INTEGER LIKE 4 DESCRIPTION "For how many?"
PARAM guest AS STRING LIKE "Ana Silva" DESCRIPTION "In which name?"
DESCRIPTION "Books the table."

IF day < TODAY() THEN RETURN "That day is over."
IF guests < 1 OR guests > largest_table THEN RETURN "The table has 1 to " + largest_table + " seats."
code = UCASE(LEFT(GUID(), 6))
booked = INSERT "bookings", #{id: day + " " + hour, day: day, hour: hour, guests: guests, name: guest, code: code}
IF NOT booked.success THEN RETURN "The table is not free on " + day + " at " + hour + "."
RETURN "Booked for " + guests + " on " + day + " at " + hour + " in the name of " + guest + ". The code is " + code + "."
