"""Recordings through the stages that run live: files in, triggers, decisions, dead letters and a summary out."""
