"""Answer sheets of a tutoring academy, from claimed job to posted result.

Where do I go to…
    change how a sheet is found, measured or judged?      omr/ (registration, ink, answers, identifier)
    read another kind of file, or pages of one?            pages/
    change what our own sheets look like?                  omr/objective.py, omr/sheet.py
    follow one submission through its stages?              defs/submissions.py, then defs/grading.py
    see how a batch shares its fate, retries, heartbeats?  defs/stages.py, defs/retries.py, defs/heartbeat.py
    see how jobs get in, and what repairs a crash?         defs/sensors.py, defs/batching.py, defs/repair.py
    change what a person reviews, and what that does?      review/, then defs/reviews.py
    see what must survive a crash?                         resources/ledger/ (inbox, work, outbox, reviews, roll)
    change a message of the back end?                      contracts/
    talk to the back end, Redis, S3?                       resources/, one module a neighbour
    add a setting?                                         settings.py and .env.example
    rehearse without a back end?                           sandbox/ and `academy sandbox`, `academy demo`
    speed up or repair Dagster's event log?                defs/event_log/ and, for how runs start, defs/launching/:
                                                           the only users of Dagster's internals

Imports go down only: cli > definitions > sandbox | defs > resources > review > contracts > omr > pages > imaging >
settings > errors.
Only definitions and cli read the settings. The rooms (omr, pages, imaging) are pure: no Dagster, HTTP, files,
environment or clock. A job's type decides its path; a job of an unknown type is answered as failed with that reason.
"""
