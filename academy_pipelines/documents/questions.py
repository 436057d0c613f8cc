"""The text of each question of a paper that was cut into regions, as whoever writes a problem needs it.

What several questions refer to comes before each of them, what the paper's key says of a question after it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from academy_pipelines.documents.answer_keys import AnswerKey, find_key
from academy_pipelines.documents.cleaning import clean_text
from academy_pipelines.documents.extraction import DOCUMENT, split_questions
from academy_pipelines.documents.number_styles import NUMBER_STYLES, number_at
from academy_pipelines.documents.page_text import PageText, document_text
from academy_pipelines.documents.region import Region
from academy_pipelines.documents.stated_answers import stated_in

_RANGE = re.compile(r"(\d+)-(\d+)")


def questions_of_paper(regions: Sequence[Region], pages: Sequence[PageText]) -> Sequence[str]:
    """Return the text of every question of a paper: of its regions, or by the numbers in its text if it has none."""
    text = document_text(pages)
    return region_texts(regions, text) if regions else split_questions(text)


def region_texts(regions: Iterable[Region], text: str) -> list[str]:
    """Return the text of every question that has one, in order; `text` is all that is written on the paper.

    Parts of a question with the same number that follow each other (it goes on in the next column) are one text.
    """
    key = find_key(clean_text(text, DOCUMENT).text.split("\n"))
    return ["\n".join([one, *_said(key, label, one)]) for label, one in _with_passages(regions) if one.strip()]


def _said(key: AnswerKey | None, label: str | None, question: str) -> Iterator[str]:
    """Yield what a key says of a question that states no answer itself."""
    if key is None or not (label or "").isdecimal() or stated_in(question).answers:
        return
    number = int(label or 0)
    entry = None if number in key.doubtful else key.entries.get(number)
    if entry is not None:
        yield f"[정답] {entry.answer}"
        if entry.explanation:
            yield f"[해설] {entry.explanation}"


def _with_passages(regions: Iterable[Region]) -> list[tuple[str | None, str]]:
    texts: list[tuple[str | None, str]] = []
    passages: list[Region] = []
    for region in regions:
        if region.kind == "passage":
            passages.append(region)
        elif texts and region.label is not None and region.label == texts[-1][0]:
            texts[-1] = (region.label, f"{texts[-1][1]}\n{region.text}")
        else:
            shared = [passage.text for passage in passages if _is_for(passage, region)]
            texts.append((region.label, "\n".join([*shared, _plainly_numbered(region)])))
    return texts


def _plainly_numbered(region: Region) -> str:
    """Return a question's text with its number as everybody understands it, whichever way it is printed."""
    label = region.label or ""
    for style in NUMBER_STYLES:
        if label.isdecimal() and number_at(region.text, style) == int(label):
            return re.sub(rf"(?:{style.pattern})\s*", f"{label}. ", region.text.lstrip(), count=1)
    return region.text


def _is_for(passage: Region, question: Region) -> bool:
    span = _RANGE.fullmatch(passage.label or "")
    if span is None or not (question.label or "").isdecimal():
        return False
    return int(span[1]) <= int(question.label or 0) <= int(span[2])
