"""The local stack: AWS played on this machine, the template deployed on it, one origin in front. Never deployed."""
