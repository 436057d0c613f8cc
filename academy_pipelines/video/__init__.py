"""Lecture videos: what a file is, what it becomes, and whether the result will play. Pure; nothing is run here."""
