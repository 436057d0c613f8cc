"""Answer sheets in files on this machine: every page read, sheets with one number told apart, doubtful rows shown."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.contracts.results import OmrResult
    from academy_pipelines.imaging import Gray
    from academy_pipelines.omr.template import SheetTemplate
    from academy_pipelines.review.sheets import Located, ReviewSheet

THREADS = 4
"""OpenCV frees the interpreter while it works; more threads than cores only cost memory."""

PAGES_AHEAD = 2 * THREADS
"""Pages under way before the oldest is waited for; no more files are held in memory."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How sheets are to be read; `roster` holds the valid numbers, None when any is; `overlay` where pictures go.

    Answers less sure than `min_confidence` go to a person.
    """

    template: "SheetTemplate"
    mode: str
    overlay: Path | None = None
    roster: frozenset[str] | None = None
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class SheetFile:
    """One page of a file; a file that cannot be opened counts as one page, and decoding it raises the reason."""

    file: Path
    page: int
    picture_name: str
    scan_sha256: str | None
    decode: "Callable[[], Gray]"


@dataclass(frozen=True, slots=True)
class GradedPage:
    """What one page says; `error` is the reason when it was refused."""

    file: str
    page: int
    result: "OmrResult"
    error: str | None

    @property
    def name(self) -> str:
        """What corrections and other sheets call it."""
        return name_of(self.file, self.page)


def name_of(file: str, page: int) -> str:
    """Return what a page is called: its file, and for a later page its number."""
    return file if page == 1 else f"{file}#{page}"


def grade_files(files: Sequence[Path], reader: Reader) -> list[GradedPage]:
    """Return every page of `files` in their order; those with the same number name each other."""
    from academy_pipelines.imaging import one_thread_each
    from academy_pipelines.review.duplicates import known_number, same_number, with_duplicates

    one_thread_each()
    graded = list(_grade_each(files, reader))
    others = same_number({sheet.name: known_number(sheet.result) for sheet in graded})
    return [replace(sheet, result=with_duplicates(sheet.result, others[sheet.name])) for sheet in graded]


def sheets_to_review(files: Sequence[Path], reader: Reader, graded: Sequence[GradedPage]) -> "Iterator[ReviewSheet]":
    """Yield the doubtful rows of each page that has any, cut from its picture, which is opened again."""
    from academy_pipelines.review.rows import doubtful_rows
    from academy_pipelines.review.sheets import sheet_to_review

    doubtful = {sheet.name: sheet.result for sheet in graded if not sheet.error and doubtful_rows(sheet.result)}
    for sheet in _sheets_in(files, are_drawn=False):
        name = name_of(str(sheet.file), sheet.page)
        if name in doubtful:
            shown = sheet.file.name if sheet.page == 1 else f"{sheet.file.name}, {sheet.page}"
            yield sheet_to_review(str(sheet.file), sheet.page, shown, _located(sheet, reader), doubtful[name])


def _located(sheet: SheetFile, reader: Reader) -> "Located":
    from academy_pipelines.omr.registration import CaptureMode, register
    from academy_pipelines.review.sheets import Located

    page = sheet.decode()
    return Located(page, register(page, reader.template, CaptureMode(reader.mode)), reader.template)


def _grade_each(files: Sequence[Path], reader: Reader) -> Iterator[GradedPage]:
    from concurrent.futures import Future, ThreadPoolExecutor

    under_way: deque[Future[GradedPage]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for sheet in _sheets_in(files, are_drawn=reader.overlay is not None):
            under_way.append(pool.submit(_grade, sheet, reader))
            if len(under_way) > PAGES_AHEAD:
                yield under_way.popleft().result()
        for future in under_way:
            yield future.result()


def _sheets_in(files: Sequence[Path], *, are_drawn: bool) -> Iterator[SheetFile]:
    import hashlib

    from academy_pipelines.pages.file import pages_of

    stems = {path.stem for path in files}
    for path in files:
        try:
            data = path.read_bytes()
            pages = pages_of(data)
        except (AcademyError, OSError) as problem:
            yield SheetFile(path, 1, path.stem, None, partial(_refuse, problem))
            continue
        scan_sha256 = hashlib.sha256(data).hexdigest()
        for number, page in enumerate(pages, 1):
            name = path.stem if len(pages) == 1 else f"{path.stem}-{number}"
            if are_drawn and len(pages) > 1 and name in stems:
                message = f"page {number} of {path} and a file {name} would share a picture; grade them separately"
                raise click.BadParameter(message, param_hint="--overlay")
            yield SheetFile(path, number, name, scan_sha256, page.decode)


def _refuse(problem: Exception) -> NoReturn:
    raise problem


def _grade(sheet: SheetFile, reader: Reader) -> GradedPage:
    from academy_pipelines.contracts.results import omr_result
    from academy_pipelines.omr.answers import answer_policy
    from academy_pipelines.omr.overlay import draw_overlay
    from academy_pipelines.omr.reading import read_sheet
    from academy_pipelines.omr.readings import SheetReading
    from academy_pipelines.omr.registration import CaptureMode

    reading, aligned, quality, error = SheetReading(answers=(), identifier=None), False, None, None
    try:
        page = sheet.decode()
        policy = answer_policy(reader.min_confidence)
        registration, _, reading = read_sheet(page, reader.template, CaptureMode(reader.mode), reader.roster, policy)
        aligned, quality = registration.warped, registration.quality
        if reader.overlay is not None:
            picture = draw_overlay(page, registration, reader.template, reading)
            (reader.overlay / f"{sheet.picture_name}.jpg").write_bytes(picture)
    except (AcademyError, OSError) as problem:
        error = str(problem)
    result = omr_result(reading, mode=reader.mode, aligned=aligned, meta_used=error is None, quality=quality)
    result = result.model_copy(update={"scan_sha256": sheet.scan_sha256})
    return GradedPage(str(sheet.file), sheet.page, result, error)
