"""The data of a bot: tables, their fields and permissions, and the port to the store of the rows."""
