' Puts quick replies in the place of those that were there.
PARAM labels AS ARRAY LIKE ["Yes", "No"] DESCRIPTION "What they say"
DESCRIPTION "Offers quick replies."

CLEAR SUGGESTIONS
FOR EACH label IN labels
    ADD SUGGESTION label
NEXT label
