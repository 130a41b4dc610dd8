"""How requests and frames look from outside: schemas, problems, and the entry points that speak HTTP and frames."""
