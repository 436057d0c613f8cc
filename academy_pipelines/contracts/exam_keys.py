"""Answer keys as teachers and the back end write them, and graded sheets to lay beside them."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from academy_pipelines.analysis.exam_key import ExamKey, KeyEntry
from academy_pipelines.analysis.responses import Response, StudentSheet
from academy_pipelines.contracts.json_text import read_json_object
from academy_pipelines.contracts.results import AnswerMessage, IdentifierMessage, OmrResult, PageMessage
from academy_pipelines.errors import UnusableInputError
from academy_pipelines.omr.readings import AnswerStatus

MOST_QUESTIONS = 500
_LABEL = re.compile(r"[^\s/]{1,8}")
_NOT_COUNTED = "-"


def read_exam_key(data: bytes, name: str) -> ExamKey:
    """Return the key in a JSON object `{"1": "B", ...}` or a CSV file of lines `question,answer`.

    See `exam_key` for answers. A CSV file may have a header line. `name` is what messages call the file.

    Raises:
        UnusableInputError: it is neither, or no key; the message names the place.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949", errors="replace")
    if text.lstrip().startswith("{"):
        try:
            return exam_key(read_json_object(text), name)
        except ValueError as error:
            raise UnusableInputError(f"{name} is no JSON object ({error})") from error
    return _of_rows(_csv_pairs(text, name), name)


def exam_key(answers: Mapping[str, Any], name: str = "answer_key") -> ExamKey:
    """Return the key in an object by question number.

    An answer is a label, several ("A/C" or a list) when all of them must be marked, or null or "-" for a question that
    does not count.

    Raises:
        UnusableInputError: it is empty, or a number or an answer is none.
    """
    return _of_rows([(str(question), answer) for question, answer in answers.items()], name)


def _csv_pairs(text: str, name: str) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for place, row in enumerate(csv.reader(text.splitlines()), start=1):
        fields = [field.strip() for field in row]
        if not any(fields) or (place == 1 and not re.search("[0-9]", fields[0])):
            continue
        if len(fields) < 2 or any(fields[2:]):  # noqa: PLR2004 - question and answer
            raise UnusableInputError(f"{name}: line {place} {','.join(row)[:40]!r} is not question,answer")
        pairs.append((fields[0], fields[1]))
    return pairs


def _of_rows(pairs: Iterable[tuple[str, object]], name: str) -> ExamKey:
    entries = [KeyEntry(_question(question, name), _labels(answer, question, name)) for question, answer in pairs]
    twice = [question for question, count in Counter(e.question for e in entries).items() if count > 1]
    if twice:
        raise UnusableInputError(f"{name} answers question {twice[0]} twice; keep the right line")
    if not 0 < len(entries) <= MOST_QUESTIONS:
        raise UnusableInputError(f"{name} has {len(entries)} questions; a key has 1 to {MOST_QUESTIONS}")
    return ExamKey(tuple(sorted(entries, key=lambda entry: entry.question)))


def _question(written: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", written.strip()):
        raise UnusableInputError(f"{name}: {written[:40]!r} is no question number; write digits")
    return int(written)


def _labels(answer: object, question: str, name: str) -> tuple[str, ...]:
    if answer is None or answer == _NOT_COUNTED:
        return ()
    listed = answer if isinstance(answer, list) else str(answer).split("/")
    labels = [str(label).strip() for label in listed]
    if not labels or any(not _LABEL.fullmatch(label) for label in labels) or len(set(labels)) < len(labels):
        message = f"{name}: {str(answer)[:40]!r} is no answer to question {question}"
        raise UnusableInputError(f"{message}; write B, or A/C when both must be marked, or - when it does not count")
    return tuple(sorted(labels))


def student_sheets(result: OmrResult, name: str) -> tuple[StudentSheet, ...]:
    """Return the sheets of one result: one, or one a page that could be read in a file of several.

    `name` is what a sheet is called whose number is not known; further pages add theirs.
    """
    if not result.pages:
        return (_sheet(result, name),)
    return tuple(_sheet(page, f"{name}#{page.page}") for page in result.pages if page.error is None)


def _sheet(read: OmrResult | PageMessage, name: str) -> StudentSheet:
    number = _number(read.identifier)
    return StudentSheet(number or name, tuple(map(_response, read.answers)), is_identified=number is not None)


def _number(identifier: IdentifierMessage | None) -> str | None:
    return None if identifier is None else identifier.identifier


def _response(answer: AnswerMessage) -> Response:
    fills = (answer.raw or {}).get("fills")
    return Response(
        question=answer.question_id,
        detected=tuple(answer.detected),
        is_settled=answer.status in {AnswerStatus.OK, AnswerStatus.BLANK},
        choices=tuple(fills) if isinstance(fills, dict) else (),
    )
