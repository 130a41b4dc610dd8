' The file is a path in the drive of the bot, empty without one. The status is "open" or "closed".
TABLE tickets
    id string(8) key
    email string(254)
    problem string(2000)
    file string(300)
    file_size integer
    status string(10)
    opened_at string(19)
END TABLE
