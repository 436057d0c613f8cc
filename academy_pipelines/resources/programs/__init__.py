"""Runs external programs on hostile input: in a process group of its own, within limits, watched, never left behind."""
