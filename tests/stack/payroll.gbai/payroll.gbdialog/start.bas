' Salaries, for whom they are for.
TABLE salaries READ BY "payroll;managers" WRITE BY "payroll"
    name string(50) key
    amount number(10,2) READ BY "payroll"
END TABLE

ON ERROR RESUME NEXT
DO
    HEAR who WITH "Whose salary?"
    done = INSERT "salaries", #{name: who, amount: 1234.567}
    IF NOT done.success THEN TALK done.error
    rows = NOTHING
    rows = FIND "salaries", "name='" + who + "'"
    IF ISNULL(rows) THEN
        TALK "That is not for you."
    ELSE
        TALK "Found " + UBOUND(rows) + ": " + rows[0].amount
    END IF
LOOP
