"""Keywords of General Bots for its office suite, its agents and its servers, which are not supported.

The names are those that General Bots registers, and those of its version 3, which scripts still use.
"""

from basic.keywords.keyword import Chapter, Keyword, ignored, later, needless

_OFFICE = {
    "ADD MEMBER": "Adds a person to a group.",
    "ADD NOTE": "Adds a note to a contact or to the conversation.",
    "AUTO TASK": "Runs a task of the platform.",
    "BOOK": "Books an appointment in a calendar.",
    "BOOK MEETING": "Books a meeting in a calendar.",
    "CHECK AVAILABILITY": "Looks for free times in a calendar.",
    "CREATE FILE": "Writes a file of the office suite.",
    "CREATE SITE": "Generates a website.",
    "CREATE TEAM": "Creates a team.",
    "FORECAST": "Gets a weather forecast.",
    "POST TO": "Posts to a social network.",
    "REMOVE TOOL": "Removes a tool from the conversation.",
    "AI SCORE LEAD": "Asks a model to score a lead.",
    "GET CUSTOMER HISTORY": "Reads what a customer did.",
    "GET LEAD SCORE": "Reads the score of a lead.",
    "SCAN BARCODE": "Reads a bar code in an image.",
    "SCORE LEAD": "Scores a lead.",
    "SEND TO": "Sends a message over another channel.",
    "SET USER": "Acts as another user.",
    "SET USER FACT": "Stores a fact about the user.",
    "SMS": "Sends a text message.",
    "UPDATE LEAD SCORE": "Changes the score of a lead.",
    "USE ACCOUNT": "Connects an account of the user.",
    "USER FACTS": "Reads the facts about the user.",
    "WEATHER": "Gets the weather.",
}
_ATTENDANCE = {
    "ANALYZE SENTIMENT": "Asks a model for the mood of a text.",
    "ASSIGN CONVERSATION": "Assigns the conversation to a person.",
    "ASSIGN SMART": "Assigns work to the person with the least of it.",
    "ESCALATE": "Hands a decision over to a person.",
    "GET ATTENDANT": "Reads one of the people who attend conversations.",
    "GET ATTENDANT STATS": "Reads the figures of an attendant.",
    "GET ATTENDANT STATUS": "Reads whether an attendant is present.",
    "GET ATTENDANTS": "Lists the people who attend conversations.",
    "GET QUEUE": "Lists the conversations that wait for a person.",
    "GET SMART REPLIES": "Asks a model for answers of an attendant.",
    "GET SUMMARY": "Asks a model for a summary of a conversation.",
    "GET TIPS": "Asks a model for advice to an attendant.",
    "NOTIFY AGENT": "Sends a message to an attendant.",
    "NOTIFY ATTENDANT": "Sends a message to an attendant.",
    "POLISH MESSAGE": "Rewrites the message of an attendant.",
    "REQUIRE APPROVAL": "Waits for the approval of a person.",
    "RESOLVE CONVERSATION": "Ends the conversation with a person.",
    "SET ATTENDANT STATUS": "Says whether an attendant is present.",
    "SET PRIORITY": "Sets how soon a person should answer.",
    "TAG CONVERSATION": "Tags the conversation.",
    "WAIT FOR RESPONSE": "Waits for an answer, for a limited time.",
    "TRANSFER CONVERSATION": "Hands the conversation over to another bot.",
    "TRANSFER TO HUMAN": "Hands the conversation over to a person.",
}
_MODELS = {
    "AUDIO": "Generates speech.",
    "BOT REFLECTION": "Lets a bot assess its answers.",
    "BOT SHARE MEMORY": "Shares memories with another bot.",
    "BOT SYNC MEMORY": "Copies the memories of another bot.",
    "BROADCAST TO BOTS": "Sends a message to all bots.",
    "DECIDE": "Lets a model decide.",
    "DELEGATE TO BOT": "Hands a task over to another bot.",
    "DESCRIBE IMAGE": "Asks a model what an image shows.",
    "DESCRIBE VIDEO": "Asks a model what a video shows.",
    "DETECT": "Looks for anomalies in rows.",
    "GENERATE SPEECH": "Generates speech.",
    "IMAGE": "Generates an image.",
    "KB COLLECTION STATS": "Counts the content of a knowledge base.",
    "KB DOCUMENTS ADDED SINCE": "Counts the documents of the last days.",
    "KB DOCUMENTS COUNT": "Counts the documents.",
    "KB LIST COLLECTIONS": "Lists the knowledge bases.",
    "KB STATISTICS": "Counts the content of a knowledge base.",
    "KB STORAGE SIZE": "Measures the knowledge bases.",
    "LIST TOOLS": "Lists the tools of the conversation.",
    "MCP INVOKE": "Calls a tool of an MCP server.",
    "MCP LIST TOOLS": "Lists the tools of an MCP server.",
    "ORCHESTRATE WORKFLOW": "Runs a workflow of several bots.",
    "OPTION A OR B": "Lets the user choose between two plans.",
    "PLAN END": "Ends a plan.",
    "PLAN START": "Begins a plan.",
    "QUERY": "Asks a model for rows of a table.",
    "SEE": "Describes an image.",
    "SPEECH TO TEXT": "Writes down what a recording says.",
    "USE MCP": "Calls an MCP server.",
    "USE MODEL": "Selects a language model.",
    "VIDEO": "Generates a video.",
}
_CRM = {
    "CLASSIFY INTENT": "Asks a model what a mail is about.",
    "DETECT URGENCY": "Asks a model how urgent a mail is.",
    "GENERATE CASE NUMBER": "Numbers a support case.",
    "GET LAST MESSAGE TIME": "The time of the last message of a conversation.",
    "GET NEXT AVAILABLE AGENT": "Finds an attendant who is free.",
    "IS ACTIVE": "Whether a conversation continues.",
    "IS AUTOREPLY": "Whether a mail was sent by a machine.",
    "IS PERSONAL EMAIL": "Whether an address belongs to no company.",
}
"""Helpers that the scripts of its CRM call, and that it documents nowhere."""

_SERVERS = {
    "AUDIT LOG": "Writes to the audit log.",
    "AUTOCOMPLETE": "Completes a search.",
    "BROADCAST": "Sends a message to many users.",
    "CACHE GET": "Reads a value that was stored for a time.",
    "CACHE SET": "Stores a value for a time.",
    "CHART": "Draws a chart.",
    "CHECK CONSTRAINTS": "Checks an action against rules.",
    "FORMAT DATE": "Formats a date by a pattern of PHP.",
    "FORMAT TIME": "Formats a time by a pattern of PHP.",
    "PLAY": "Shows a video, an image or a presentation.",
    "PRODUCT": "Gets a product of the shop.",
    "PRODUCTS": "Lists the products of the shop.",
    "PUBLISH": "Publishes the bot.",
    "CONTINUATION TOKEN": "The page of a result that follows.",
    "GET STOCK FOR": "Reads the price of a share.",
    "PUBLISH EVENT": "Reports an event to other scripts.",
    "QUERY METRICS": "Reads metrics.",
    "RUN BASH": "Runs a shell script.",
    "RUN JAVASCRIPT": "Runs JavaScript.",
    "RUN PYTHON": "Runs Python.",
    "SCHEDULE IN": "Runs a block later.",
    "SCRAPE": "Reads a part of a web page.",
    "SCRAPE ALL": "Reads all parts of a kind of a web page.",
    "SEARCH PRODUCTS": "Searches the products of the shop.",
    "SECURITY GET REPORT": "Reads a report of a security tool.",
    "SECURITY HARDENING SCORE": "Reads the score of a security tool.",
    "SECURITY INSTALL TOOL": "Installs a security tool.",
    "SECURITY RUN SCAN": "Runs a security tool.",
    "SECURITY START SERVICE": "Starts a security tool.",
    "SECURITY STOP SERVICE": "Stops a security tool.",
    "SECURITY TOOL STATUS": "Reads the status of a security tool.",
    "SECURITY UPDATE DEFINITIONS": "Updates a security tool.",
    "SIMULATE IMPACT": "Estimates what an action would change.",
    "TRIGGER": "Reports an event to other scripts.",
    "WAIT FOR EVENT": "Waits for an event of another script.",
    "WEBHOOK POST": "Calls the webhook of another system.",
}
_DECLARATIONS = {
    "CLEAR SWITCHERS": "Removes all choices of answer styles.",
    "ON CHANGE": "Runs the script when a file changes.",
    "ON EVENT": "Runs the script for an event.",
    "ON FORM SUBMIT": "Runs the script for a form.",
    "SET PAGE MODE": "Selects how pages of the browser are opened.",
    "SYNCHRONIZE": "Copies rows of another system, on a schedule.",
}

_NEEDLESS = {
    "REFRESH": ("Fetches the data of a connection again.", "every statement reads the rows as they are"),
    "RESET REPORT": ("Begins the report of MERGE again.", "MERGE returns what it has changed"),
}
"""The summary of a keyword, and why it is not necessary."""

_WITHOUT_VALUES = (
    "CONTINUATION TOKEN",
    "KB DOCUMENTS COUNT",
    "KB LIST COLLECTIONS",
    "KB STORAGE SIZE",
    "CLEAR SWITCHERS",
    "GET ATTENDANTS",
    "GET QUEUE",
    "LIST TOOLS",
    "PLAN END",
    "PUBLISH",
    "RESET REPORT",
    "RESOLVE CONVERSATION",
)


def _build_form(name: str) -> str:
    return name if name in _WITHOUT_VALUES else f"{name} value"


def _build_keywords() -> tuple[Keyword, ...]:
    failing = {**_OFFICE, **_ATTENDANCE, **_MODELS, **_CRM, **_SERVERS}
    return (
        *(later(Chapter.OFFICE, name, _build_form(name), summary) for name, summary in sorted(failing.items())),
        *(ignored(Chapter.OFFICE, name, _build_form(name), summary) for name, summary in sorted(_DECLARATIONS.items())),
        *(needless(Chapter.OFFICE, name, _build_form(name), *texts) for name, texts in sorted(_NEEDLESS.items())),
    )


KEYWORDS = _build_keywords()
