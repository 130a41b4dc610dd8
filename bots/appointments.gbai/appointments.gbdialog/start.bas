' Books, shows and cancels appointments of an hour each.

TALK "Welcome to the " + practice + ". What can I do for you?"
DO
    HEAR wish AS "Book an appointment", "Look up an appointment", "Cancel an appointment", "Nothing more"
    SWITCH wish
    CASE "Book an appointment"
        CALL "book"
    CASE "Look up an appointment"
        CALL "look_up"
    CASE "Cancel an appointment"
        CALL "cancel"
    DEFAULT
        EXIT DO
    END SWITCH
    TALK "Anything else?"
LOOP
TALK "Goodbye!"
