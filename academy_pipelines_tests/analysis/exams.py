"""Small exams, written down."""

from academy_pipelines.analysis.exam_key import ExamKey, KeyEntry
from academy_pipelines.analysis.responses import Response, StudentSheet

CHOICES = ("A", "B", "C")


def key(answers):
    """Return the key "AB-": a letter a question, "-" for one that does not count."""
    return ExamKey(tuple(KeyEntry(n, () if letter == "-" else (letter,)) for n, letter in enumerate(answers, start=1)))


def sheet(student, answers):
    """Return the sheet "AB.?": a letter a question, "." for none, "?" for one that a person has to look at."""
    return StudentSheet(student, tuple(_response(n, letter) for n, letter in enumerate(answers, start=1)))


def sheets(*answers):
    return [sheet(f"s{n}", one) for n, one in enumerate(answers, start=1)]


def _response(question, letter):
    detected = () if letter == "." else ("A",) if letter == "?" else (letter,)
    return Response(question, detected, is_settled=letter != "?", choices=CHOICES)
