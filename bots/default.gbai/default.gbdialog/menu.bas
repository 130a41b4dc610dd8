' A menu that comes back after each choice.
DESCRIPTION "Shows what the bot can do beside answering."

TALK "What shall we do?"
DO
    HEAR choice AS "Estimate my costs", "Tell you my name", "See your script", "Leave the menu"
    IF CANCELLED THEN EXIT DO
    SWITCH choice
    CASE "Estimate my costs"
        CALL "estimate"
    CASE "Tell you my name"
        CALL "acquaint"
    CASE "See your script"
        BEGIN TALK
        This menu is four lines:
        HEAR choice AS "Estimate my costs", "Tell you my name", "See your script", "Leave the menu"
        SWITCH choice … END SWITCH, inside of DO … LOOP.
        END TALK
    DEFAULT
        EXIT DO
    END SWITCH
    TALK "What next?"
LOOP
TALK "Back to your questions, then."
CALL "offer", ["What is this?", "How do I write a bot?", "Let me talk freely", "Menu"]
