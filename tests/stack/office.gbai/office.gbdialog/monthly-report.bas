DESCRIPTION "Tells how the month went."
RETURN "This month was better than the last one."
