' Mails each person once, on the day before the course begins. A run sends ten mails at most, and the next one continues.
SET SCHEDULE "every hour from 9 to 20"

tomorrow = ADD_DAYS(TODAY(), 1)
due = FIND enrolments WHERE begins = tomorrow AND status = "enrolled" LIMIT 10
FOR EACH enrolment IN due
    ' The row is changed before the mail is sent: a mail that fails is not tried again, and no one gets two.
    changed = UPDATE enrolments SET status = "reminded" WHERE id = enrolment.id AND status = "enrolled"
    IF changed = 1 THEN
        text = "Dear ${enrolment.student},\n\n${enrolment.course} begins tomorrow. We look forward to seeing you.\n\n${school}"
        SEND MAIL enrolment.email, "${enrolment.course} begins tomorrow", text
    END IF
NEXT enrolment
