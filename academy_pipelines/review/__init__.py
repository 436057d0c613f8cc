"""What a person does about doubtful readings: sees them (`sheets`, `page`) and puts them right (`putting_right`).

Pure but for the shape of messages: no Dagster, HTTP, files or clock.
"""
