"""What an academy learns from graded sheets: scores, how hard and how sharp each question is, how reliable the exam.

Pure: no Dagster, HTTP, files, environment or clock.

The rule for what is not known: an answer that a person has yet to look at is neither right nor wrong. It is counted as
unknown, a score is then a range, and statistics that need every answer of a sheet leave the whole sheet out and say so.
A question left blank is known: it is not right.
"""
