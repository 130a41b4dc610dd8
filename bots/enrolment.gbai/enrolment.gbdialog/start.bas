' Two buttons; each runs the script beside this one that it names.
BEGIN SYSTEM PROMPT
You work at the office of ${school}. With your tools you enrol people in courses, and withdraw enrolments.
END SYSTEM PROMPT

ADD SUGGESTION TOOL "enrol" AS "Enrol in a course"
ADD SUGGESTION TOOL "withdraw" AS "Withdraw"

BEGIN TALK
Welcome to **${school}**!

- **Pottery** begins every Monday,
- **Bookbinding** every Wednesday,
- **Watercolours** every Saturday.
END TALK
