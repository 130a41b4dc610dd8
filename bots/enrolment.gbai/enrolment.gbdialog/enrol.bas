DESCRIPTION "Enrols a person in a course: asks for name, birthday, mail address, course and a document."

HEAR student AS NAME WITH "What is your name?"
IF CANCELLED THEN RETURN "Nobody is enrolled."
HEAR birthday AS DATE WITH "When were you born?"
IF CANCELLED THEN RETURN "Nobody is enrolled."
IF birthday >= TODAY() THEN RETURN "Nobody is enrolled: the birthday is not in the past."
HEAR email AS EMAIL WITH "To which mail address shall we send the confirmation?"
IF CANCELLED THEN RETURN "Nobody is enrolled."
HEAR course AS "Pottery", "Bookbinding", "Watercolours" WITH "Which course would you like to take?"
IF CANCELLED OR student = "" OR birthday = "" OR email = "" OR course = "" THEN RETURN "Nobody is enrolled: I need a name, a birthday, a mail address and a course."

number = UCASE(LEFT(GUID(), 8))
document = ask_document(number)
begins = CALL "next_beginning", course
day = FORMAT(begins, "dddd, d MMMM yyyy")

task = CREATE TASK "Prepare a place for ${student} in ${course}", office_address, begins, "enrolments"
INSERT "enrolments", #{id: number, student: student, birthday: birthday, email: email, course: course, begins: begins, document: document, task: task, status: "enrolled", enrolled_on: TODAY()}

template = CALL "confirmation"
born = FORMAT(birthday, "d MMMM yyyy")
today_text = FORMAT(TODAY(), "d MMMM yyyy")
confirmation = GENERATE PDF template, #{school: school, number: number, student: student, born: born, course: course, day: day, document: document, written: today_text}, "confirmations/${number}.pdf"
SEND FILE confirmation, "Your confirmation"

IF NOT mail_confirmation(student, email, course, day, number, confirmation) THEN TALK "I could not send the mail. Please keep the confirmation above."
RETURN "You are enrolled in ${course}, which begins on ${day}. The number of your enrolment is ${number}."

' Returns the path of the file in the drive, or nothing.
FUNCTION ask_document(number)
    HEAR has_document AS BOOLEAN WITH "Would you like to add a document, such as a certificate of an earlier course?"
    IF CANCELLED OR NOT has_document THEN RETURN ""
    HEAR document AS FILE WITH "Please attach it."
    IF CANCELLED OR document = "" THEN RETURN ""
    kept = UPLOAD document TO "documents/${number}"
    RETURN kept.path
END FUNCTION

' Whether the mail was sent: the enrolment is stored, so a mail that fails does not end the script.
FUNCTION mail_confirmation(student, email, course, day, number, confirmation)
    ON ERROR RESUME NEXT
    text = "Dear ${student},\n\nyou are enrolled in ${course}, which begins on ${day}. The confirmation is attached.\n\nTo withdraw, tell us the number ${number}.\n\n${school}"
    SEND MAIL email, "Your enrolment in ${course}", text, confirmation
    RETURN NOT ERROR
END FUNCTION
