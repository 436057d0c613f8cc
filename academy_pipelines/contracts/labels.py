"""Labelled sheets as people hand them in: pictures and what is marked on them, in one of two layouts.

Tables: `labels.csv` with the columns file, question, answer, beside the pictures; optionally `identifiers.csv` with
file, identifier. Or a kit: one JSON a sheet in `truth/`, naming its picture and its template's meta. Where a file has
several pages, `class.pdf#3` names the third one.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from academy_pipelines.contracts.templates import parse_template, summary
from academy_pipelines.errors import UnusableInputError
from academy_pipelines.omr.accuracy import DOUBLE_MARKED_DIGIT, UNMARKED_DIGIT, SheetTruth
from academy_pipelines.omr.template import SheetTemplate

LABELS = "labels.csv"
IDENTIFIERS = "identifiers.csv"
TEMPLATE = "template.json"
TRUTH = "truth"

SEPARATORS = "/,;+& "
"""What may stand between the labels of a question marked twice; one-letter labels may also stand together."""


@dataclass(frozen=True, slots=True)
class LabelledSheet:
    """A picture, the sheet that it shows, and what is truly marked on it; `page` counts from 1 in a file of several."""

    file: Path
    template: SheetTemplate
    truth: SheetTruth
    page: int = 1


class _KitAnswer(BaseModel):
    marked: list[str]
    doubtful: bool = False


class _KitTruth(BaseModel):
    name: str
    image: str
    meta: str
    answers: dict[int, _KitAnswer] = Field(min_length=1)
    identifier: str | None = None


def load_labelled(folder: Path, template: SheetTemplate | None = None) -> tuple[LabelledSheet, ...]:
    """Return the labelled sheets in `folder`, in the order of the labels.

    `template` is the sheet of every picture; without it `folder`/template.json is, or what a kit's sheets name.

    Raises:
        UnusableInputError: there are no labels, or one does not fit: the message names the file and line.
        InvalidTemplateError: a template's meta is invalid.
        OSError: a file cannot be read.
    """
    if (folder / LABELS).is_file():
        return tuple(_from_tables(folder, template or _template_in(folder)))
    truths = sorted((folder / TRUTH).glob("*.json"))
    if not truths:
        message = f"{folder} has neither {LABELS} (file, question, answer) nor {TRUTH}/*.json; write what is marked"
        raise UnusableInputError(message)
    metas: dict[str, SheetTemplate] = {}
    return tuple(_from_kit(folder, path, template, metas) for path in truths)


def read_meta(path: Path) -> SheetTemplate:
    """Return the sheet whose meta `path` holds.

    Raises:
        UnusableInputError: the file is missing or holds no JSON object.
        InvalidTemplateError: the meta describes an impossible sheet.
    """
    if not path.is_file():
        raise UnusableInputError(f"there is no template {path}; put the sheet's meta there")
    found = _json_in(path)
    if not isinstance(found, dict):
        raise UnusableInputError(f"{path} holds no JSON object; put the sheet's meta there")
    return parse_template({str(key): value for key, value in found.items()})


def _template_in(folder: Path) -> SheetTemplate:
    if not (folder / TEMPLATE).is_file():
        raise UnusableInputError(
            f"{folder} has no {TEMPLATE}; add it or name the sheet, such as --template objective_20"
        )
    return read_meta(folder / TEMPLATE)


def _from_tables(folder: Path, template: SheetTemplate) -> Iterator[LabelledSheet]:
    answers = _answers_in(folder, template)
    identifiers = _identifiers_in(folder, template, answers)
    for name, of_sheet in answers.items():
        file, page = _place(folder / name)
        yield LabelledSheet(file, template, SheetTruth(name, of_sheet, identifiers.get(name)), page)


def _answers_in(folder: Path, template: SheetTemplate) -> dict[str, dict[int, tuple[str, ...]]]:
    offered = _offered(template)
    answers: dict[str, dict[int, tuple[str, ...]]] = {}
    for where, row in _rows(folder / LABELS, ("file", "question", "answer")):
        name, number = row["file"], row["question"]
        _check_picture(folder / name, where)
        if not number.isdecimal() or int(number) not in offered:
            raise UnusableInputError(f"{where}: the template has no question {number!r}; it has {_span(offered)}")
        of_sheet = answers.setdefault(name, {})
        if int(number) in of_sheet:
            raise UnusableInputError(f"{where}: question {number} of {name} is labelled twice; keep one line")
        of_sheet[int(number)] = _labels(row["answer"], offered[int(number)], where)
    if not answers:
        raise UnusableInputError(f"{folder / LABELS} has no line below its header; write one a question")
    return answers


def _identifiers_in(folder: Path, template: SheetTemplate, labelled: Mapping[str, object]) -> dict[str, str]:
    path = folder / IDENTIFIERS
    identifiers: dict[str, str] = {}
    for where, row in _rows(path, ("file", "identifier")) if path.is_file() else ():
        name = row["file"]
        if name not in labelled:
            raise UnusableInputError(f"{where}: {name!r} has no line in {LABELS}; label its answers too")
        if name in identifiers:
            raise UnusableInputError(f"{where}: {name!r} has an identifier already; keep one line")
        identifiers[name] = _identifier(row["identifier"], template, where)
    return identifiers


def _from_kit(
    folder: Path, path: Path, template: SheetTemplate | None, metas: dict[str, SheetTemplate]
) -> LabelledSheet:
    try:
        truth = _KitTruth.model_validate(_json_in(path))
    except ValidationError as error:
        raise UnusableInputError(f"{path} is no truth about a sheet: {summary(error)}") from error
    where = str(path)
    _check_picture(folder / truth.image, where)
    if template is None and truth.meta not in metas:
        metas[truth.meta] = read_meta(folder / truth.meta)
    sheet = template or metas[truth.meta]
    offered = _offered(sheet)
    for number, answer in truth.answers.items():
        if number not in offered:
            raise UnusableInputError(f"{where}: the template has no question {number}; it has {_span(offered)}")
        _check_labels(answer.marked, offered[number], where)
    answers = {number: tuple(answer.marked) for number, answer in truth.answers.items()}
    doubtful = frozenset(number for number, answer in truth.answers.items() if answer.doubtful)
    identifier = _identifier(truth.identifier, sheet, where) if truth.identifier else None
    file, page = _place(folder / truth.image)
    return LabelledSheet(file, sheet, SheetTruth(truth.name, answers, identifier, doubtful), page)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield where each line stands and its `columns`, stripped; lines without any text are left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"{path} is not UTF-8; save it as CSV UTF-8") from error
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise UnusableInputError(
            f"{path} lacks the column {missing[0]!r}; its first line must name {', '.join(columns)}"
        )
    for row in reader:
        values = {column: (row[column] or "").strip() for column in columns}
        if any(values.values()):
            yield f"{path}, line {reader.line_num}", values


def _labels(text: str, offered: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Return the labels that `text` names: none when blank."""
    if text in offered:
        return (text,)
    for separator in SEPARATORS[1:]:
        text = text.replace(separator, SEPARATORS[0])
    labels = [label for label in text.split(SEPARATORS[0]) if label]
    if len(labels) == 1 and all(letter in offered for letter in labels[0]):
        labels = list(labels[0])
    _check_labels(labels, offered, where)
    return tuple(labels)


def _check_labels(labels: list[str], offered: tuple[str, ...], where: str) -> None:
    unknown = [label for label in labels if label not in offered]
    if unknown:
        raise UnusableInputError(f"{where}: there is no choice {unknown[0]!r}; choose of {', '.join(offered)}")


def _identifier(text: str, template: SheetTemplate, where: str) -> str:
    digits = len(template.identifier)
    if len(text) > digits or set(text) - set(f"0123456789{UNMARKED_DIGIT}{DOUBLE_MARKED_DIGIT}"):
        message = (
            f"{where}: {text!r} does not fit the template's {digits} digits; write digits, ? unmarked, * two marks"
        )
        raise UnusableInputError(message)
    return text


def _place(path: Path) -> tuple[Path, int]:
    """Return the file and the page that a label names: `class.pdf#3` is the third page of `class.pdf`."""
    file, mark, number = path.name.rpartition("#")
    if mark and number.isdecimal() and int(number) > 0 and not path.exists():
        return path.with_name(file), int(number)
    return path, 1


def _check_picture(path: Path, where: str) -> None:
    if not _place(path)[0].is_file():
        raise UnusableInputError(f"{where}: there is no picture {path}; correct its name or take the line out")


def _offered(template: SheetTemplate) -> dict[int, tuple[str, ...]]:
    return {question.number: tuple(bubble.label for bubble in question.bubbles) for question in template.questions}


def _span(offered: Mapping[int, object]) -> str:
    return f"{len(offered)}, from {min(offered)} to {max(offered)}"


def _json_in(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UnusableInputError(f"{path} is no JSON ({error})") from error
