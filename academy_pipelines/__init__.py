"""Answer sheets, documents and lecture videos of a tutoring academy, from claimed job to posted result.

Where do I go to…
    change how a sheet is found, measured or judged?      omr/ (registration, ink, answers, identifier)
    read another kind of file, or pages of one?            pages/
    change what our own sheets look like?                  omr/objective.py, omr/sheet.py
    follow one submission through its stages?              defs/submissions.py, then defs/grading.py
    see how a batch shares its fate, retries, heartbeats?  defs/stages.py, defs/chains.py, …/retries.py, …/heartbeat.py
    follow one document through its stages?                defs/documents.py, then defs/document_work.py
    change how pages are read, or questions found?         documents/ (prepared, regions), resources/ocr/
    change what a problem is, or who writes it?            documents/extraction.py, resources/problem_writer/
    change vectors, the bank, or what is similar?          resources/embedder/, …/vector_index/, documents/likeness.py
    print a wrong note, or analyse an exam?                defs/wrong_notes.py, resources/note_printer/, analysis/
    choose between engines?                                resources/engines.py
    follow one lecture video through its steps?            defs/videos.py, then defs/video_work.py, defs/transcoding.py
    see how a long video is encoded in chunks?             video/chunks.py, defs/encoding.py, defs/video_encoding.py
    see how a video is held, beaten for, and laid down?    defs/video_desk.py, defs/vigil.py, defs/video_sensors.py
    change what is accepted, the ladder, a playlist?       video/ (admission, ladder, commands, package)
    change what a package must keep to?                    video/validation/, facts from resources/hls_measuring/
    change where and how packages are published?           video/delivery.py, resources/publisher.py
    see how jobs get in, and what repairs a crash?         defs/sensors.py, defs/batching.py, defs/repair.py
    change what a person reviews, and what that does?      review/, then defs/reviews.py
    see what must survive a crash?                         resources/ledger/ (inbox, work, outbox, videos, packages, …)
    change a message of the back end?                      contracts/
    talk to the back end, Redis, S3?                       resources/, one module a neighbour
    add a setting?                                         settings.py and .env.example
    rehearse without a back end?                           sandbox/ and `academy sandbox`, `academy demo`
    speed up or repair Dagster's event log?                defs/event_log/ and, for how runs start, defs/launching/:
                                                           the only users of Dagster's internals

Imports go down only: cli > definitions > sandbox | defs > resources > review > contracts > analysis | documents | omr |
video > pages > imaging > settings > errors.
Only definitions and cli read the settings. The rooms (analysis, documents, omr, video, pages, imaging) are pure: no
Dagster, HTTP, files, environment or clock. A job's type decides its path; a job of an unknown type is answered as
failed with that reason.
"""
