"""The machine: runs a program from one HEAR to the next. Its whole state is data."""
