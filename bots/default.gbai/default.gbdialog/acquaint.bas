' Asks for a name, and remembers it: in this conversation, and for a signed-in user in all later ones.
DESCRIPTION "Gets to know the user."

CLEAR SUGGESTIONS
another = TRUE
IF name <> "" THEN
    HEAR another AS BOOLEAN WITH "I know you as " + name + ". Shall I call you something else?"
END IF
IF another THEN
    HEAR given AS NAME WITH "What shall I call you?"
    IF CANCELLED OR given = "" THEN
        TALK "Never mind, I can do without."
    ELSE
        name = given
        SET USER MEMORY "name", name
        TALK "Nice to meet you, " + name + "! If you are signed in, I will know you next time too."
    END IF
ELSE
    TALK "Then " + name + " it stays."
END IF
CALL "offer", ["What is this?", "What does it cost?", "Forget me", "Menu"]
