' An appointment's id is its slot, so a slot can be taken once.
TABLE appointments
    id string(16) key
    day date
    hour string(5)
    email string(254)
    code string(6)
END TABLE
