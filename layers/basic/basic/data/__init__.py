"""The data of a bot: conditions on rows, definitions of tables, and the port to where rows are kept."""
