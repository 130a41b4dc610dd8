"""The virtual machine: runs a program from one HEAR to the next. Its entire state is data."""
