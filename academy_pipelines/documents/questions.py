"""The text of each question by itself, as whoever writes a problem needs it.

What several questions refer to comes before each of them, what the paper's key says of it after it.
"""

import re
from collections.abc import Iterable

from academy_pipelines.documents.answer_keys import AnswerKey, find_key
from academy_pipelines.documents.cleaning import clean_text
from academy_pipelines.documents.extraction import DOCUMENT, key_entry, questions_in
from academy_pipelines.documents.region import Region
from academy_pipelines.documents.stated_answers import stated_in

_RANGE = re.compile(r"(\d+)-(\d+)")


def question_texts(text: str) -> list[str]:
    """Return the text of every question of a paper, or the whole text where no number begins one."""
    questions, key = questions_in(clean_text(text, DOCUMENT).text.split("\n"))
    texts: list[str] = []
    for question in questions:
        number = f"{question.anchor.label}. " if question.anchor else ""
        entry = key_entry(question, key)
        parts = [question.passage, f"{number}{question.text}", _stated(question.text, entry and entry.answer)]
        texts.append("\n".join(filter(None, parts)))
    return texts


def region_texts(regions: Iterable[Region], text: str) -> list[str]:
    """Return the text of every question of a paper that was cut into regions; `text` is all that is written on it."""
    key = find_key(clean_text(text, DOCUMENT).text.split("\n"))
    return ["\n".join(filter(None, (one, _stated(one, _said(key, label))))) for label, one in _with_passages(regions)]


def _said(key: AnswerKey | None, label: str | None) -> str | None:
    if key is None or not (label or "").isdecimal() or int(label or 0) in key.doubtful:
        return None
    entry = key.entries.get(int(label or 0))
    return entry and entry.answer


def _stated(question: str, answer: str | None) -> str:
    """Return a key's answer as papers state it, unless the question states one itself."""
    return f"정답: {answer}" if answer and not stated_in(question).answers else ""


def _with_passages(regions: Iterable[Region]) -> list[tuple[str | None, str]]:
    """Return label and text of every question that has a text, in order.

    Parts of a question with the same number that follow each other (it goes on in the next column) are one text.
    """
    texts: list[tuple[str | None, str]] = []
    passages: list[Region] = []
    for region in regions:
        if region.kind == "passage":
            passages.append(region)
        elif texts and region.label is not None and region.label == texts[-1][0]:
            texts[-1] = (region.label, f"{texts[-1][1]}\n{region.text}")
        else:
            shared = [passage.text for passage in passages if _is_for(passage, region)]
            texts.append((region.label, "\n".join([*shared, region.text])))
    return [(label, text) for label, text in texts if text.strip()]


def _is_for(passage: Region, question: Region) -> bool:
    span = _RANGE.fullmatch(passage.label or "")
    if span is None or not (question.label or "").isdecimal():
        return False
    return int(span[1]) <= int(question.label or 0) <= int(span[2])
