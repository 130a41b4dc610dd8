DESCRIPTION "Shows an appointment."

found = CALL "find_mine"
IF NOT ISNULL(found) THEN
    TALK "You are expected on " + FORMAT(found.day, "dddd, d MMMM yyyy") + " at " + found.hour + "."
END IF
