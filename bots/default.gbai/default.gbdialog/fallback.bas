' Owns up to not knowing, in other words each time.
PARAM misses AS INTEGER LIKE 1 DESCRIPTION "How many questions in a row were beyond it"
DESCRIPTION "Says that the bot does not know."

sentences = [
    "I did not get that. I am a script with a handful of answers - try one of these.",
    "That one is beyond my script. A language model would do better; I can tell you about this project.",
    "Still not in my script, sorry. Here is what I do know."
]
TALK sentences[(misses - 1) MOD UBOUND(sentences)]
CALL "offer", ["What is this?", "How do I write a bot?", "What do you promise?", "Let me talk freely"]
