"""What Afterclick says: triggers, decisions, deliveries, dead letters."""
