' What the bot knows.
PARAM topic AS STRING LIKE "cost" DESCRIPTION "What the question is about"
DESCRIPTION "Answers a question about the Conversations API."

SWITCH topic
CASE "hello"
    IF name = "" THEN
        TALK "Hello! How can I help you?"
    ELSE
        TALK "Hello, " + name + "! How can I help you?"
    END IF
    CALL "offer", ["What is this?", "What does it cost?", "What do you promise?", "Menu"]
CASE "feeling"
    TALK "All my functions are warm, thank you. What would you like to know?"
    CALL "offer", ["What is this?", "How does it work?"]
CASE "thanks"
    TALK "You are welcome!"
CASE "bye"
    TALK "Goodbye! If you are signed in, this conversation will be here when you come back."
CASE "project"
    BEGIN TALK
    This is the Conversations API: REST and WebSocket for bot conversations, serverless on AWS.
    You put a bot on a website or in an app, and there is no server for you to run: API Gateway, Lambda, DynamoDB and SQS do the work, and cost nothing while nobody talks.
    END TALK
    CALL "offer", ["How does it work?", "What does it cost?", "Can I run it locally?"]
CASE "inside"
    TALK "Your message is stored in one transaction and queued. A function takes it from the queue, runs the bot, stores all it says in another transaction, and tells every device you have open."
    CALL "offer", ["What do you promise?", "What if you crash?"]
CASE "cost"
    TALK "You pay per use: a question and its answer cost about a thousandth of a cent at AWS's list prices, and an idle deployment costs nothing but storage. The README has the sum, and my menu has a calculator."
    CALL "offer", ["Estimate my costs", "What is this?", "Can I run it locally?"]
CASE "promise"
    BEGIN TALK
    Nothing you were told is delivered gets lost. Nothing is answered twice, however often you retry.
    Messages keep their order on every device, and a gap in their numbers can be seen and filled.
    END TALK
    CALL "offer", ["What if you crash?", "Who can read this?"]
CASE "crash"
    TALK "Then the queue hands my work to another function, which finds out how far I came and finishes the answer - once. Even in the middle of a script."
    CALL "offer", ["How does it work?", "What do you promise?"]
CASE "privacy"
    TALK "A visitor's messages are not kept in any history, and the conversation is gone after 30 minutes of silence. Sign in, and your history is yours alone, on all your devices."
    CALL "offer", ["How do I sign in?", "What do you promise?"]
CASE "account"
    TALK "Use the menu at the top of this page: the local stack has two demo users. In your own app any OpenID Connect issuer will do; Cognito comes with the template."
    CALL "offer", ["Who can read this?", "Remember me"]
CASE "local"
    TALK "Yes - you probably are right now: `make run` deploys the very same template onto a local AWS, without Docker."
    CALL "offer", ["How does it work?", "How do I write a bot?"]
CASE "bots"
    TALK "I am a handful of small scripts in bots/default.gbai. Change them, play them with `conversations bots run`, publish them, and talk to me again. docs/bots.md explains it."
    CALL "offer", ["What is BASIC?", "Do you have webhooks?", "What is this?"]
CASE "basic"
    TALK "A small language for dialogs: TALK says something, HEAR waits for you - for days, if need be, and over any restart - and the rest is IF, SWITCH and loops."
    CALL "offer", ["How do I write a bot?", "Which language model?"]
CASE "model"
    TALK "Any you like: two lines of my configuration name it. When my script has ended, it answers what you write; without one, I say so."
    CALL "offer", ["What is BASIC?", "Let me talk freely"]
CASE "webhooks"
    TALK "A script that begins with WEBHOOK is run by an HTTP request with the bot's secret, and answers it."
    CALL "offer", ["How do I write a bot?", "What is BASIC?"]
CASE "protocol"
    TALK "Start, send, history and list are REST; live chat is a WebSocket at /ws. Both take the same tokens, and both see the same messages."
    CALL "offer", ["How does it work?", "Who can read this?"]
CASE "forget"
    name = ""
    SET USER MEMORY "name", ""
    TALK "I do not know any more what you are called."
    CALL "offer", ["Remember me", "Menu"]
DEFAULT
    TALK "You can ask me what this project is, how it works, what it costs, what it promises, and how to write a bot. My menu has a calculator."
    CALL "offer", ["What is this?", "How does it work?", "What does it cost?", "Menu"]
END SWITCH
