"""Whole papers from a seed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from academy_pipelines.sandbox.exam_pages.content import AnswerKey, Item, Passage, Question, compose
from academy_pipelines.sandbox.exam_pages.flow import PlacedRow, flowed
from academy_pipelines.sandbox.exam_pages.headings import Headings
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures, picture_only_pdf, scanned
from academy_pipelines.sandbox.exam_pages.printing import ink_box, printed, true_lines
from academy_pipelines.sandbox.exam_pages.styles import PageStyle, random_style
from academy_pipelines.sandbox.exam_pages.truth import ExamDocument, ExamPage, TrueQuestion, TrueRegion
from academy_pipelines.sandbox.exam_pages.typeface import Typeface
from academy_pipelines.sandbox.exam_pages.typesetting import Typesetter
from academy_pipelines.sandbox.exam_pages.wording import load_wording

QUESTION_COUNTS = (4, 14)
SAMPLE_DPI = 200


def exam_document(
    seed: int, style: PageStyle | None = None, subject: str | None = None, question_count: int | None = None
) -> ExamDocument:
    """Return the paper of `seed`; what is not given follows from it. The same arguments give the same bytes.

    Raises:
        MisconfiguredError: the package fonts-nanum is not installed.
        KeyError: there is no such subject (국어, 수학, 과학, 사회, 영어).
    """
    rng = np.random.default_rng([seed, 77])
    drawn_style, subjects = random_style(rng), load_wording().subjects
    chosen = subjects[int(rng.integers(len(subjects)))]
    count = int(rng.integers(*QUESTION_COUNTS))
    style = style or drawn_style
    if subject is not None:
        chosen = {known.name: known for known in subjects}[subject]
    typeface = Typeface.load(style.family)
    headings = Headings(chosen, style, typeface, rng)
    typesetter = Typesetter(style, typeface, rng)
    items = compose(chosen, style, question_count or count, rng)
    rows = flowed([typesetter.block(item) for item in items], style, headings.first_top_pt)
    pages = list(_pages(rows, headings))
    pdf = printed(pages, style.paper_pt, typeface)
    truths = tuple(_page_truth(number, page, style, typeface) for number, page in enumerate(pages, 1))
    return ExamDocument(seed, chosen.name, style, pdf, truths, tuple(_questions(items)))


def _pages(rows: Sequence[PlacedRow], headings: Headings) -> Iterator[list[PlacedRow]]:
    count = rows[-1].page + 1
    for page in range(count):
        above = headings.above() if page == 0 else headings.running(page)
        yield [*above, *(row for row in rows if row.page == page), *headings.below(page, count)]


def _page_truth(number: int, rows: Sequence[PlacedRow], style: PageStyle, typeface: Typeface) -> ExamPage:
    lines = tuple(line for placed in rows for line in true_lines(placed, typeface))
    return ExamPage(number, style.paper_pt, lines, tuple(_regions(rows, typeface)))


def _regions(rows: Sequence[PlacedRow], typeface: Typeface) -> Iterator[TrueRegion]:
    parts: dict[tuple[str, str, int], list[PlacedRow]] = {}
    for placed in rows:
        match placed.item:
            case Question(number):
                parts.setdefault(("question", str(number), placed.column), []).append(placed)
            case Passage(first, last):
                parts.setdefault(("passage", f"{first}-{last}", placed.column), []).append(placed)
            case _:
                pass
    for (kind, label, column), of_item in parts.items():
        if any(placed.row.lines or placed.row.strokes for placed in of_item):
            box = ink_box(of_item, typeface)
            yield TrueRegion("passage" if kind == "passage" else "question", label, box, column)


def _questions(items: Sequence[Item]) -> Iterator[TrueQuestion]:
    key = dict(next((item.answers for item in items if isinstance(item, AnswerKey)), ()))
    for item in items:
        if isinstance(item, Question):
            marked = [f"{mark} {text}" for mark, text in zip(("ㄱ.", "ㄴ.", "ㄷ."), item.boxed, strict=False)]
            body = "\n".join(part for part in (item.stem, item.reading, item.box_title, *marked) if part)
            answer = item.answer if item.answer is not None else key.get(item.number)
            yield TrueQuestion(str(item.number), body, item.choices, item.points, answer)


def write_sample_documents(folder: Path) -> list[Path]:
    """Write three papers into `folder`: one with a text layer, one scanned, one scanned badly; return their paths."""
    vector, clean, bad = exam_document(11, subject="과학"), exam_document(12), exam_document(14, subject="국어")
    papers = {
        "exam-text-layer.pdf": vector.pdf,
        "exam-scanned.pdf": picture_only_pdf(page_pictures(clean.pdf, SAMPLE_DPI), SAMPLE_DPI),
        "exam-scanned-badly.pdf": picture_only_pdf(
            [scanned(page, place).picture for place, page in enumerate(page_pictures(bad.pdf, SAMPLE_DPI))], SAMPLE_DPI
        ),
    }
    for name, data in papers.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in papers]
