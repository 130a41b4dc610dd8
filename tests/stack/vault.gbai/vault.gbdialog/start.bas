' Asks for secrets, which are redacted.
HEAR key AS PASSWORD WITH "Choose a password."
TALK "I have " + key
HEAR card AS CREDITCARD WITH "And your card?"
TALK "I have " + card
