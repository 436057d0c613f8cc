"""What reading a sheet costs beside its decoding and beside the old way, and fresh drawn sheets to read."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from academy_pipelines.imaging import decode_gray, one_thread_each
from academy_pipelines.omr.accuracy import SheetTruth
from academy_pipelines.omr.objective import QUESTION_COUNTS, objective_template
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.registration import CaptureMode
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.sandbox.baseline_reader import read_by_baseline
from academy_pipelines.sandbox.capture import PRESETS, CaptureEffects, capture
from academy_pipelines.sandbox.degrade import degraded_sheet
from academy_pipelines.sandbox.difficulty import LEVELS
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet
from academy_pipelines.sandbox.frame_bench import PX_PER_MM, SCANNER, TWELVE_MEGAPIXELS
from academy_pipelines.sandbox.pencil import MARK_KINDS

CAPTURES: Mapping[str, CaptureEffects] = {
    "300-dpi scan": SCANNER,
    "12-MP photo": TWELVE_MEGAPIXELS,
    "colour scan": replace(SCANNER, is_tinted=True),
    "fine colour scan": replace(SCANNER, is_tinted=True, jpeg_quality=90),
}
"""What a machine writes depends on its settings: 300-dpi scans of such sheets have 0.3 to 1.4 megabytes, and most of
what reading one takes grows with these."""
QUESTIONS = 20
DRAWN_PX_PER_MM = 8.0
SEED = 20261123
FIRST_NUMBER = 7_000_000
"""Number of the first sheet of a level, far from those that confidences were fitted on."""
STRIDE = 25
"""Has no divisor in common with the 108 kinds of picture: any run of them has a bit of everything."""
BLANK_SHARE = 0.08
MULTI_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class DrawnSheet:
    """A fresh picture of a drawn sheet, what is on it, and the group that it belongs to."""

    group: str
    data: bytes
    template: SheetTemplate
    truth: SheetTruth


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """Median milliseconds of CPU time to deal with one picture, in one process on one thread.

    `decode_ms` is OpenCV's decoding to grey at full size, `decode_half_ms` at half size, which is all that large
    pictures need; the others go from bytes to a reading.
    """

    picture: str
    megapixels: float
    kilobytes: float
    decode_ms: float
    decode_half_ms: float
    ours_ms: float
    baseline_ms: float

    @property
    def over_decoding(self) -> float:
        """Our time in times of decoding to grey."""
        return self.ours_ms / self.decode_ms

    @property
    def most_speed_up(self) -> float:
        """How many large pictures might at best be read in the time of one by the baseline: by decoding alone."""
        return self.baseline_ms / self.decode_half_ms

    @property
    def speed_up(self) -> float:
        """How many sheets we read in the time of one by the baseline."""
        return self.baseline_ms / self.ours_ms


def measure_costs(folder: Path, repeats: int) -> Iterator[ReadingCost]:
    """Yield the cost of each capture kind, all ways taken in turns `repeats` times; the baseline writes in `folder`."""
    one_thread_each()
    for number, (name, effects) in enumerate(CAPTURES.items()):
        rng = np.random.default_rng([SEED, number])
        filled = _filled(rng, QUESTIONS)
        data = capture(draw_sheet(filled, PX_PER_MM, rng), effects, rng)
        yield cost_of(name, data, filled.template, folder, repeats)


def cost_of(name: str, data: bytes, template: SheetTemplate, folder: Path, repeats: int) -> ReadingCost:
    """Return what one picture costs."""
    coded = np.frombuffer(data, np.uint8)
    height, width = decode_gray(data, keep_size=True).shape
    ways: dict[str, Callable[[], object]] = {
        "decode": lambda: cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE),
        "decode_half": lambda: cv2.imdecode(coded, cv2.IMREAD_REDUCED_GRAYSCALE_2),
        "ours": lambda: read_sheet(decode_gray(data), template, CaptureMode.AUTO),
        "baseline": lambda: read_by_baseline(data, template, folder),
    }
    ms = _median_ms(ways, repeats)
    size = (width * height / 1e6, len(data) / 1e3)
    return ReadingCost(name, *size, ms["decode"], ms["decode_half"], ms["ours"], ms["baseline"])


def preset_sheets(count: int) -> Iterator[DrawnSheet]:
    """Yield `count` sheets over all capture presets, mark kinds and quarter turns; always the same ones."""
    kinds = list(product(PRESETS, MARK_KINDS, range(4)))
    for number in range(count):
        preset, mark_kind, turns = kinds[number * STRIDE % len(kinds)]
        effects = replace(PRESETS[preset], quarter_turns=turns)
        rng = np.random.default_rng([SEED, 1, number])
        questions = QUESTION_COUNTS[number % len(QUESTION_COUNTS)]
        filled = _filled(rng, questions)
        page = draw_sheet(filled, DRAWN_PX_PER_MM, rng, mark_kind)
        truth = SheetTruth(f"{preset}-{mark_kind}-{90 * turns}-{number}", filled.answers, filled.identifier)
        yield DrawnSheet(preset, capture(page, effects, rng), filled.template, truth)


def level_sheets(count: int) -> Iterator[DrawnSheet]:
    """Yield `count` sheets of each level of difficulty; always the same ones."""
    for level, number in product(LEVELS, range(FIRST_NUMBER, FIRST_NUMBER + count)):
        sheet = degraded_sheet(number, level)
        yield DrawnSheet(level, sheet.jpeg, sheet.template, SheetTruth(sheet.name, sheet.answers, sheet.identifier))


def _filled(rng: np.random.Generator, questions: int) -> FilledSheet:
    answers: dict[int, tuple[str, ...]] = {}
    for number in range(1, questions + 1):
        draw = rng.random()
        marks = 0 if draw < BLANK_SHARE else 2 if draw < BLANK_SHARE + MULTI_SHARE else 1
        answers[number] = tuple(sorted(str(label) for label in rng.choice(list("ABCDE"), marks, replace=False)))
    identifier = "".join(str(digit) for digit in rng.integers(10, size=8))
    return FilledSheet(objective_template(questions), answers, identifier)


def _median_ms(ways: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median CPU time of each way, taken in turns after one unmeasured round."""
    times_ms: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(repeats + 1):
        for name, way in ways.items():
            started = time.process_time()
            way()
            if round_number:
                times_ms[name].append(1000 * (time.process_time() - started))
    return {name: median(values) for name, values in times_ms.items()}
