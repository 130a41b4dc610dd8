"""General Bots BASIC, the dialog language: a compiler, and a machine that pauses at a HEAR and resumes, free of AWS."""
