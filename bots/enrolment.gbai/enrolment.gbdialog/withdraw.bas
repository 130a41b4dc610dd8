' Asks for what only the person knows who has enrolled.
DESCRIPTION "Withdraws an enrolment, by its number and mail address."

HEAR answer WITH "What is the number of your enrolment?"
HEAR email AS EMAIL WITH "And your mail address?"
IF CANCELLED THEN RETURN "The enrolment stays as it is."
number = UCASE(TRIM(answer))
enrolment = FIND enrolments WHERE id = number AND email = email
IF enrolment = NULL THEN RETURN "I find no enrolment with this number and address."
HEAR sure AS BOOLEAN WITH "Shall I withdraw ${enrolment.student} from ${enrolment.course}?"
IF CANCELLED OR NOT sure THEN RETURN "The enrolment stays as it is."

DELETE FROM enrolments WHERE id = number
DELETE FILE "confirmations/${number}.pdf"
IF enrolment.document <> "" THEN DELETE FILE enrolment.document
UPDATE tasks SET status = "cancelled" WHERE id = enrolment.task
RETURN "The enrolment is withdrawn."
