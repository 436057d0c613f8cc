"""The text of each question as one would read it: what several questions refer to comes before each of them."""

import re
from collections.abc import Iterable

from academy_pipelines.documents.region import Region

_RANGE = re.compile(r"(\d+)-(\d+)")


def texts_with_passages(regions: Iterable[Region]) -> list[str]:
    """Return the text of every question that has one, in order.

    Parts of a question with the same number that follow each other (it goes on in the next column) are one text.
    """
    texts: list[str] = []
    passages: list[Region] = []
    last: Region | None = None
    for region in regions:
        if region.kind == "passage":
            passages.append(region)
        elif last is not None and region.label is not None and region.label == last.label:
            texts[-1] = f"{texts[-1]}\n{region.text}"
        else:
            shared = [passage.text for passage in passages if _is_for(passage, region)]
            texts.append("\n".join([*shared, region.text]))
            last = region
    return [text for text in texts if text.strip()]


def _is_for(passage: Region, question: Region) -> bool:
    span = _RANGE.fullmatch(passage.label or "")
    if span is None or not (question.label or "").isdecimal():
        return False
    return int(span[1]) <= int(question.label or 0) <= int(span[2])
