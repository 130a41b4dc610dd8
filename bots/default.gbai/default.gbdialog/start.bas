' The bot that ships. It says hello, and then it listens: to questions about this project (answers.bas),
' to whoever wants its menu (menu.bas) or its calculator (estimate.bas), and to a name (acquaint.bas).

name = GET USER MEMORY "name"
misses = 0

IF name = "" THEN
    TALK "Hello! I am the bot that ships with the Conversations API. Ask me what this is, what it costs, or what it promises."
ELSE
    TALK "Welcome back, " + name + "! Ask me anything about the Conversations API, or for my menu."
END IF
CALL "offer", ["What is this?", "What does it cost?", "What do you promise?", "Menu"]

' Nothing holds a question up: whatever is written is looked at, again and again.
DO
    HEAR question
    topic = topic_of(question)
    SWITCH topic
    CASE "menu"
        CALL "menu"
    CASE "estimate"
        CALL "estimate"
    CASE "name"
        CALL "acquaint"
    CASE "freely"
        EXIT DO
    CASE ""
        misses = misses + 1
        CALL "fallback", misses
    DEFAULT
        misses = 0
        CALL "answers", topic
    END SWITCH
LOOP

' The script ends here, and what is written from now on is for the bot's language model, where it has one.
SET CONTEXT "The user knows what the Conversations API is, and wants to talk freely now."
CLEAR SUGGESTIONS
TALK "As you like: from here on I follow no script. My language model answers now; without one, I can only say so."

' The topic with the longest phrase that stands in what was written; the first one wins a tie.
FUNCTION topic_of(text)
    said = " " + LCASE(text) + " "
    FOR EACH mark IN [".", ",", ";", ":", "!", "?", "-", "'", "’"]
        said = REPLACE(said, mark, " ")
    NEXT mark
    best = ""
    longest = 0
    topics = phrases_by_topic()
    FOR EACH candidate IN KEYS(topics)
        FOR EACH phrase IN SPLIT(topics[candidate], ", ")
            IF LEN(phrase) > longest AND CONTAINS(said, " " + phrase + " ") THEN
                best = candidate
                longest = LEN(phrase)
            END IF
        NEXT phrase
    NEXT candidate
    RETURN best
END FUNCTION

FUNCTION phrases_by_topic()
    RETURN #{
        hello: "hello, hi, hey, good morning, good afternoon, good evening",
        feeling: "how are you, how do you do, how is it going",
        thanks: "thank you, thanks, cheers",
        bye: "bye, goodbye, see you",
        project: "what is this, what are you, who are you, what is the conversations api, about this, about this project",
        inside: "how does it work, how does this work, how do you work, architecture",
        cost: "what does it cost, how much, price, prices, pricing, cost, costs",
        promise: "promise, promises, guarantee, guarantees",
        crash: "what if you crash, crash, crashes, lose messages, lost messages",
        privacy: "who can read this, privacy, private, anonymous, do you store, history",
        account: "sign in, log in, login, account",
        local: "locally, laptop, docker, make run",
        bots: "write a bot, make a bot, own bot, create a bot, build a bot",
        basic: "basic, dialog, dialogs, script, scripts, hear, talk",
        model: "language model, llm",
        webhooks: "webhook, webhooks",
        protocol: "websocket, web socket, rest, api, endpoint, endpoints",
        forget: "forget me, forget my name",
        help: "help, what can you do, what can i ask, what do you know",
        menu: "menu, show me around",
        estimate: "estimate, calculator",
        name: "my name, call me, remember me",
        freely: "talk freely, free text, no script"
    }
END FUNCTION
