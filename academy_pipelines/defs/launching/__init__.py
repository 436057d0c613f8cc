"""Runs in processes that are warm already: starting Python, Dagster and OpenCV costs more than reading fifty sheets."""
