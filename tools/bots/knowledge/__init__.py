"""The knowledge bases of packages: reads their files and websites, divides them into passages, and builds indexes."""
