"""Reads pages with tesseract on this machine: one process a page, within limits, every part of the page in one go."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from academy_pipelines.documents.assembled import assembled, mean_confidence
from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.plausibility import garbage_share
from academy_pipelines.documents.prepared import lies_on_its_side, prepare
from academy_pipelines.documents.recognised import RecognisedLine, recognised_pages
from academy_pipelines.documents.second_reading import is_doubtful, strip_of, with_second_reading
from academy_pipelines.errors import MisconfiguredError, ToolError
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.resources.programs.launcher import NOT_FOUND
from academy_pipelines.resources.programs.running import ProgramLimits, run_program

if TYPE_CHECKING:
    from academy_pipelines.documents.prepared import PreparedPage
    from academy_pipelines.imaging import Gray

LANGUAGES = ("Hangul", "script/Hangul", "kor+eng")
"""Models in order of preference: the script's own knows Latin letters too and keeps English out of Korean words.
Debian installs it by the first name, others by the second."""

LEAST_MAJOR_VERSION = 4
"""The first tesseract that reads whole lines and writes tables."""

LISTING_TIMEOUT_S = 60.0

INSTALL = "install it with: apt-get install tesseract-ocr tesseract-ocr-kor tesseract-ocr-script-hang"


@dataclass(frozen=True, slots=True)
class TesseractPolicy:
    """How tesseract is run, and when its reading is doubted."""

    timeout_s: float = 180.0
    memory_bytes: int = 3 * 1024**3
    file_bytes: int = 256 * 1024**2
    threads: int = 1
    """Of one process. More share out the work on a line so finely that it takes six times the processor time."""
    doubtful_confidence: float = 0.6
    """Of a page, below which it may stand upside down."""
    garbage_confidence: float = 0.5
    most_garbage: float = 0.2
    """Share of characters that are neither letters, digits nor usual punctuation, above which a person is told."""


class TesseractEngine:
    """An `OcrEngine`. `command` is the program, `languages` a model or several joined by "+", None for the best."""

    def __init__(
        self,
        command: str = "tesseract",
        languages: str | None = None,
        policy: TesseractPolicy = TesseractPolicy(),
    ) -> None:
        self._command = command
        self._wanted = languages
        self._policy = policy

    @property
    def name(self) -> str:
        """Who reads."""
        return "tesseract"

    def close(self) -> None:
        """Nothing is kept open."""

    @cached_property
    def languages(self) -> str:
        """The models that pages are read with.

        Raises:
            MisconfiguredError: tesseract is not installed or too old, or has no model for Korean.
        """
        self._check_version()
        installed = self._installed()
        choices = LANGUAGES if self._wanted is None else (self._wanted,)
        found = next((choice for choice in choices if set(choice.split("+")) <= installed), None)
        if found is None:
            names = ", ".join(sorted(installed)) or "none"
            message = f"tesseract has none of the models {', '.join(choices)} (installed: {names}); {INSTALL}"
            raise MisconfiguredError(message)
        return found

    def read(self, pictures: Sequence[PagePicture]) -> list[PageText]:
        """Return what is written on each page, in the order given; a page that fails alone has an `error`.

        Raises:
            ToolError: tesseract failed on every page.
            MisconfiguredError: it is not installed or too old, or has no model for Korean.
        """
        languages = self.languages
        pages: list[PageText] = []
        for picture in pictures:
            try:
                pages.append(self._read_page(picture, languages))
            except ToolError as error:
                height_px, width_px = picture.pixels.shape
                pages.append(PageText(picture.number, (width_px, height_px), "tesseract", error=str(error)))
        if pages and all(page.error for page in pages):
            raise ToolError(pages[0].error)
        return pages

    def _read_page(self, picture: PagePicture, languages: str) -> PageText:
        """Read a page as it lies; one whose reading is doubtful also turned, and the best reading counts."""
        turns, page = 0, self._read_turned(picture, languages, 0)
        if self._is_doubtful(page):
            for other_turns in (1, 3) if lies_on_its_side(picture.pixels) else (2,):
                other = self._read_turned(picture, languages, other_turns)
                if _worth(other) > _worth(page):
                    turns, page = other_turns, other
        notes = [] if turns == 0 else [f"the page was turned by {90 * turns} degrees clockwise to be read"]
        if self._is_garbage(page):
            notes.append(f"what was read may be garbage: the page is illegible, or not written in {languages}")
        return replace(page, notes=tuple(notes))

    def _is_doubtful(self, page: PageText) -> bool:
        return bool(page.lines) and (page.confidence or 0.0) < self._policy.doubtful_confidence

    def _is_garbage(self, page: PageText) -> bool:
        if not page.lines:
            return False
        is_doubtful = (page.confidence or 0.0) < self._policy.garbage_confidence
        return is_doubtful or garbage_share(page.text) > self._policy.most_garbage

    def _read_turned(self, picture: PagePicture, languages: str, quarter_turns: int) -> PageText:
        prepared = prepare(picture.pixels, quarter_turns)
        lines = assembled(prepared, self._recognise(prepared, languages)) if prepared.parts else ()
        return PageText(picture.number, prepared.frame.picture_px, "tesseract", lines, mean_confidence(lines))

    def _recognise(self, prepared: "PreparedPage", languages: str) -> list[list[RecognisedLine]]:
        """Return the lines of every part, what the first model doubts as the others read it."""
        first, *others = languages.split("+")
        pictures = [part.picture for part in prepared.parts]
        parts = self._lines(pictures, first, "6")
        for other in others:
            doubted = [
                (lines, at, picture)
                for picture, lines in zip(pictures, parts, strict=True)
                for at, line in enumerate(lines)
                if is_doubtful(line)
            ]
            strips = [strip_of(picture, lines[at].box) for lines, at, picture in doubted]
            read = self._lines([strip.picture for strip in strips], other, "7") if strips else []
            for (lines, at, _), strip, found in zip(doubted, strips, read, strict=True):
                lines[at] = with_second_reading(lines[at], strip.placed(found))
        return parts

    def _lines(self, pictures: "Sequence[Gray]", language: str, segmentation: str) -> list[list[RecognisedLine]]:
        """Return the lines of every picture; `segmentation` is "6" for a block of text, "7" for a line."""
        with tempfile.TemporaryDirectory(prefix="academy-ocr-") as name:
            folder = Path(name)
            for place, picture in enumerate(pictures):
                cv2.imwrite(str(folder / f"{place}.pgm"), picture)
            (folder / "parts").write_text("".join(f"{place}.pgm\n" for place in range(len(pictures))))
            options = ["-l", language, "--psm", segmentation, "--dpi", "300", "-c", "preserve_interword_spaces=1"]
            outputs = ["-c", "tessedit_create_txt=1", "-c", "tessedit_create_tsv=1"]
            self._run(["parts", "read", *options, *outputs], folder, self._policy.timeout_s)
            text, table = (_written(folder / f"read.{kind}") for kind in ("txt", "tsv"))
        return recognised_pages(text, table, len(pictures))

    def _run(self, arguments: Sequence[str], folder: Path, timeout_s: float) -> list[str]:
        """Run tesseract; return its standard output.

        Raises:
            ToolError: it failed or took too long.
            MisconfiguredError: it is not installed.
        """
        policy, output = self._policy, list[str]()
        argv = ["env", f"OMP_THREAD_LIMIT={policy.threads}", self._command, *arguments]
        cpu_s = math.ceil(timeout_s) + 1  # of one thread
        limits = ProgramLimits(timeout_s, timeout_s, cpu_s, policy.memory_bytes, policy.file_bytes)
        end = run_program(argv, folder, limits, listen=lambda line: output.append(line) is None)
        if end.code == NOT_FOUND:
            raise MisconfiguredError(f"{self._command} cannot be run; {INSTALL}")
        if end.code != 0:
            raise ToolError(f"{' '.join(argv)} ended with {end.code}: {' / '.join(end.last_words)}")
        return output

    def _installed(self) -> set[str]:
        """Return the names of the installed models; pytesseract's own list leaves out those of scripts."""
        with tempfile.TemporaryDirectory(prefix="academy-ocr-") as name:
            return {line.strip() for line in self._run(["--list-langs"], Path(name), LISTING_TIMEOUT_S)[1:]}

    def _check_version(self) -> None:
        """Raise `MisconfiguredError` when tesseract is missing or too old."""
        from pytesseract import pytesseract  # noqa: PLC0415 - only where pages are read

        pytesseract.tesseract_cmd = self._command
        try:
            version = pytesseract.get_tesseract_version()
        except (pytesseract.TesseractNotFoundError, SystemExit, OSError) as error:
            raise MisconfiguredError(f"{self._command} cannot be run; {INSTALL}") from error
        if version.major < LEAST_MAJOR_VERSION:
            raise MisconfiguredError(f"tesseract {version} is too old, 4.0 is the least; {INSTALL}")


def _worth(page: PageText) -> float:
    """Return how much a reading tells: its characters, each by its confidence."""
    return (page.confidence or 0.0) * sum(len(line.text.replace(" ", "")) for line in page.lines)


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise ToolError(f"tesseract wrote no {path.name}; check its version with: tesseract --version") from error
