DESCRIPTION "Cancels an appointment."

found = CALL "find_mine"
IF NOT ISNULL(found) THEN
    HEAR sure AS BOOLEAN WITH "Shall I cancel " + FORMAT(found.day, "d MMMM") + " at " + found.hour + "?"
    IF sure THEN
        DELETE "appointments", "id = '" + found.id + "'"
        TALK "It is cancelled."
    ELSE
        TALK "It stays as it is."
    END IF
END IF
