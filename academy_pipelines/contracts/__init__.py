"""Messages on the wire between the academy's back end and us, validated where they enter.

`templates` turns template meta into a sheet, `jobs` says what a job asks for, `results` says what
we answer. Dicts stop here: everything further in works with the rooms' own types.
"""
