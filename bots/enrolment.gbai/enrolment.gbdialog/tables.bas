' The path of the document is empty if none was sent. The status is "enrolled", then "reminded".
TABLE enrolments
    id string(8) key
    student string(100)
    birthday date
    email string(254)
    course string(40)
    begins date
    document string(300)
    task string(80)
    status string(10)
    enrolled_on date
END TABLE
