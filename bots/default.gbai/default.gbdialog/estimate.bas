' Asks two numbers and reckons.
DESCRIPTION "Estimates what a bot costs."

CLEAR SUGGESTIONS
HEAR people AS INTEGER WITH "How many people talk to your bot in a month?"
IF NOT CANCELLED THEN
    HEAR questions AS INTEGER WITH "And how many questions does each of them ask?"
END IF
turns = people * questions
IF CANCELLED THEN
    TALK "Another time, then."
ELSE IF turns <= 0 THEN
    TALK "Then it costs nothing but storage."
ELSE
    ' See "What it costs" in docs/architecture.md: 22 dollars for a million.
    dollars = FORMAT(turns * 22 / 1000000, "N2")
    TALK "That makes " + FORMAT(turns, "N0") + " questions and answers, and about $" + dollars + " a month at AWS's list prices."
END IF
CALL "offer", ["What is this?", "Can I run it locally?", "Menu"]
