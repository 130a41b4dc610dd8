' An assistant that knows whom it works for: asked once, remembered from then on.
role = GET role
IF role = "" THEN
    role = GET USER MEMORY "role"
END IF
IF role = "" THEN
    role = HEAR "What is your role?"
    role = LCASE(TRIM(role))
END IF

SWITCH role
    CASE "manager"
        SET CONTEXT "You help a manager with numbers and decisions."
        USE KB "reports"
        USE KB "planning"
        USE TOOL "monthly-report"
        ADD SUGGESTION TOOL "monthly-report" AS "Monthly report"
        ADD SUGGESTION "Team goals"
    CASE "employee", "intern"
        SET CONTEXT "You help an employee with everyday questions."
        USE KB "handbook"
        USE TOOL "days-off"
        ADD SUGGESTION TOOL "days-off" AS "Ask for days off"
        ADD SUGGESTION "Opening hours"
    DEFAULT
        TALK "I do not know what a " + role + " does, so I start with the handbook."
        SET CONTEXT "You help somebody new."
        USE KB "handbook"
        ADD SUGGESTION "Opening hours"
END SWITCH

SET USER MEMORY "role", role
TALK "Welcome. I have prepared everything for the role " + role + "."
TALK "What can I do for you?"
