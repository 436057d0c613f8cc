"""Paper in, problem bank out: what is written on a page, which question is where, what a problem is, what resembles it.

Pure: no Dagster, HTTP, files, environment or clock. Engines (tesseract, Google, a detector, a language model) are
neighbours in `resources/`; this room is handed what they answer, and hands them what they need.
"""
