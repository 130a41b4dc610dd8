' A booking's id is its day and hour, so an hour can be booked once.
TABLE bookings
    id string(16) key
    day date
    hour string(5)
    guests integer
    name string(100)
    code string(6)
END TABLE
