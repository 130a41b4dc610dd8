"""SET SCHEDULE: when a script runs without a user. Parsing of cron and of phrases, and the times they mean."""
