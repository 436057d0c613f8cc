"""How the sandbox's sample jobs are made: the same seed gives the same files on the same libraries."""

import dataclasses
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.omr.objective import DIGIT_COUNT, objective_template
from academy_pipelines.omr.primitives import Disc, FilledBox, Line, Primitive, PrintedSheet, Ring
from academy_pipelines.omr.sheet import design_sheet
from academy_pipelines.omr.template import DEFAULT_CHOICES, BoxMm, PointMm
from academy_pipelines.resources.renderer import rasterise_pdf, render_pdf
from academy_pipelines.sandbox.capture import DIM_PHONE, PHONE, SCAN, CaptureEffects, Exposure, expose
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet
from academy_pipelines.sandbox.pencil import MarkKind
from academy_pipelines.sandbox.raster import rasterise_sheet
from academy_pipelines.sandbox.samples import LIST_NAME, SampleEntry, read_list

DEFAULT_SEED = 20
PRINT_PX_PER_MM = 8.0
_TITLE = "7월 월말평가 답안지"

Source = Literal["meta", "fetch", "legacy"]
"""How the job says where things are printed: in the payload, at an address, or as boxes in pixels."""

FLAT = dataclasses.replace(SCAN, skew_deg=0.0, perspective=0.0)
"""A scan laid down exactly, as boxes in pixels need it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One filled sheet and how it was captured.

    `blank` questions have no mark and `doubled` ones two; `digits` is how many digits of the
    identifier are marked.
    """

    name: str
    question_count: int
    effects: CaptureEffects
    source: Source = "fetch"
    mode: Literal["scan", "photo", "auto"] = "auto"
    mark_kind: MarkKind = "full"
    blank: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    digits: int = DIGIT_COUNT


RECIPES = (
    Recipe("objective_10_scan", 10, SCAN, "meta", "scan"),
    Recipe("objective_10_phone", 10, PHONE, mode="photo", mark_kind="overflow"),
    Recipe("objective_10_phone_turned_left", 10, dataclasses.replace(PHONE, quarter_turns=3), "meta"),
    Recipe("objective_20_scan", 20, SCAN),
    Recipe("objective_20_phone", 20, PHONE, mode="photo"),
    Recipe("objective_20_scan_turned_right", 20, dataclasses.replace(SCAN, quarter_turns=1), "meta"),
    Recipe("objective_30_scan", 30, SCAN, "meta"),
    Recipe("objective_30_phone", 30, PHONE),
    Recipe("objective_30_scan_upside_down", 30, dataclasses.replace(SCAN, quarter_turns=2)),
    Recipe("objective_20_boxes_in_pixels", 20, FLAT, "legacy", "scan"),
    Recipe("objective_20_blank_rows", 20, SCAN, blank=(4, 11, 12, 20), digits=7),
    Recipe("objective_30_double_mark", 30, DIM_PHONE, doubled=(5, 23)),
    Recipe("objective_20_light_pencil", 20, SCAN, "meta", mark_kind="pencil_light"),
)


def write_samples(folder: Path, seed: int, font: Path) -> list[Path]:
    """Write all sample files and their list into `folder`, and return what was written.

    Samples in an existing list that are not made here stay in it, after ours.

    Args:
        folder: is created where it is missing.
        seed: decides answers, hands and cameras.
        font: the Korean font of the printed sheets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [*_graded(seed, font), _several_pages(seed, font), *_refused(seed, font)]
    written = [folder / name for _, name, _ in made]
    for path, (_, _, data) in zip(written, made, strict=True):
        path.write_bytes(data)
    listed = [entry for entry, _, _ in made]
    names = {entry.name for entry in listed}
    if (folder / LIST_NAME).exists():
        listed += [entry for entry in read_list(folder).samples if entry.name not in names]
    lines = ",\n".join(entry.model_dump_json(exclude_defaults=True) for entry in listed)
    (folder / LIST_NAME).write_text(f'{{"samples": [\n{lines}\n]}}\n', encoding="utf-8")
    return [*written, folder / LIST_NAME]


Made = tuple[SampleEntry, str, bytes]
"""An entry of the list, its file's name and its file's content."""


def _graded(seed: int, font: Path) -> Iterator[Made]:
    for number, recipe in enumerate(RECIPES):
        rng = np.random.default_rng([seed, number])
        filled = _filled(recipe, rng)
        exposure = _exposure(filled, recipe, font, rng)
        name = f"{recipe.name}.jpg"
        yield _entry(recipe, filled, exposure), name, encode_jpeg(exposure.picture, recipe.effects.jpeg_quality)


def _several_pages(seed: int, font: Path) -> Made:
    """Return two sheets as a copier sends them, and between them the empty back of the first."""
    recipe = Recipe("objective_10_three_pages", 10, SCAN, "meta", "scan")
    rng = np.random.default_rng([seed, *recipe.name.encode()])
    sheets = [_filled(recipe, rng) for _ in range(2)]
    first, last = (_exposure(filled, recipe, font, rng) for filled in sheets)
    back = expose(np.full_like(_printed(10, font), 250), SCAN, rng).picture
    entry = _entry(recipe, sheets[0], first)
    truths: dict[str, JsonValue] = {"1": _truth(sheets[0]), "2": {"expect": "failed"}, "3": _truth(sheets[1])}
    entry = entry.model_copy(update={"file": f"{recipe.name}.pdf", "truth": {**(entry.truth or {}), "pages": truths}})
    return entry, f"{recipe.name}.pdf", _pdf_of([first.picture, back, last.picture], SCAN.jpeg_quality)


def _pdf_of(pictures: list[Gray | NDArray[np.uint8]], quality: int) -> bytes:
    """Return a PDF whose pages are the pictures as JPEGs, the same bytes at any time."""
    from PIL import Image  # noqa: PLC0415 - only where samples are made

    first, *others = [Image.fromarray(picture) for picture in pictures]
    options = {"quality": quality, "resolution": 150, "creationDate": time.gmtime(0), "modDate": time.gmtime(0)}
    data = io.BytesIO()
    first.save(data, "PDF", save_all=True, append_images=others, **options)
    return data.getvalue()


def _truth(filled: FilledSheet) -> dict[str, JsonValue]:
    answers: dict[str, JsonValue] = {str(number): [*labels] for number, labels in filled.answers.items()}
    return {"expect": "done", "answers": answers, "identifier": filled.identifier}


def _filled(recipe: Recipe, rng: np.random.Generator) -> FilledSheet:
    answers: dict[int, tuple[str, ...]] = {}
    for number in range(1, recipe.question_count + 1):
        count = 0 if number in recipe.blank else 2 if number in recipe.doubled else 1
        picked = rng.choice(len(DEFAULT_CHOICES), size=count, replace=False)
        answers[number] = tuple(DEFAULT_CHOICES[place] for place in sorted(picked))
    identifier = "".join(str(digit) for digit in rng.integers(0, 10, recipe.digits))
    return FilledSheet(objective_template(recipe.question_count), answers, identifier)


def _exposure(filled: FilledSheet, recipe: Recipe, font: Path, rng: np.random.Generator) -> Exposure:
    blank = _printed(recipe.question_count, font)
    return expose(draw_sheet(filled, PRINT_PX_PER_MM, rng, recipe.mark_kind, blank), recipe.effects, rng)


@cache
def _printed(question_count: int, font: Path) -> Gray:
    return rasterise_pdf(render_pdf(design_sheet(question_count, _TITLE), font), PRINT_PX_PER_MM)


def _entry(recipe: Recipe, filled: FilledSheet, exposure: Exposure) -> SampleEntry:
    payload: dict[str, JsonValue] = {"mode": recipe.mode}
    if recipe.source == "legacy":
        payload["questions"] = _boxes_px(filled, exposure.matrix)
    else:
        payload["question_count"] = recipe.question_count
    if recipe.source == "fetch":
        payload["template_fetch"] = {"base_url": "{sandbox}", "cookie": "sessionid=sandbox", "timeout": 10}
    is_complete = recipe.source != "legacy" and len(filled.identifier) == DIGIT_COUNT
    return SampleEntry(
        name=recipe.name,
        file=f"{recipe.name}.jpg",
        job_type="omr_grading",
        template_meta=f"objective_{recipe.question_count}" if recipe.source == "meta" else None,
        payload=payload,
        truth=_truth(filled) if is_complete else {**_truth(filled), "identifier": None},
    )


def _boxes_px(filled: FilledSheet, matrix: NDArray[np.float64]) -> list[JsonValue]:
    """Return every question's box in the picture's pixels; `matrix` only scales."""
    px_per_mm = PRINT_PX_PER_MM * float(matrix[0, 0])
    boxes: list[JsonValue] = []
    for question in filled.template.questions:
        corner = (question.roi.x_mm, question.roi.y_mm, question.roi.width_mm, question.roi.height_mm)
        x, y, w, h = (round(length_mm * px_per_mm) for length_mm in corner)
        labels: list[JsonValue] = [bubble.label for bubble in question.bubbles]
        box: JsonValue = {"x": x, "y": y, "w": w, "h": h}
        boxes.append({"question_id": question.number, "roi": box, "choices": labels, "axis": "x"})
    return boxes


def _refused(seed: int, font: Path) -> Iterator[Made]:
    contents: dict[str, Callable[[np.random.Generator], bytes]] = {
        "empty_file": lambda _: b"",
        "web_page": lambda _: _LOGIN_PAGE.encode(),
        "desk_without_sheet": lambda rng: encode_jpeg(_desk(rng), PHONE.jpeg_quality),
        "cut_off": lambda rng: _cut_off(font, rng),
    }
    for number, (name, content) in enumerate(contents.items(), start=len(RECIPES)):
        mode = "photo" if name == "desk_without_sheet" else "auto"
        entry = SampleEntry(
            name=name,
            file=f"{name}.jpg",
            job_type="omr_grading",
            template_meta="objective_20",
            payload={"mode": mode, "question_count": 20},
            truth={"expect": "failed"},
        )
        yield entry, f"{name}.jpg", content(np.random.default_rng([seed, number]))


_LOGIN_PAGE = """<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"><title>로그인</title></head>
<body><h1>세션이 만료되었습니다</h1><p>다시 로그인해 주세요.</p></body></html>
"""


def _desk(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a photograph of a wooden desk with a cup and a pencil, and no sheet."""
    wood: list[Primitive] = [FilledBox(BoxMm(0, 0, 297, 210), 0.40)]
    for y_mm in np.arange(0.0, 210.0, 1.1):
        ends = PointMm(float(rng.uniform(-200, 150)), float(y_mm)), PointMm(float(rng.uniform(150, 400)), float(y_mm))
        wood.append(Line(*ends, 1.0, float(rng.uniform(0.36, 0.44))))
    cup = (Disc(PointMm(205, 80), 38, 38, 0.75), Ring(PointMm(205, 80), 38, 38, 3, 0.62), _COFFEE)
    pencil = (Line(PointMm(60, 150), PointMm(150, 60), 7, 0.6), Line(PointMm(150, 60), PointMm(156, 54), 2, 0.1))
    sheet = PrintedSheet("desk", 297.0, 210.0, (*wood, *cup, *pencil))
    effects = dataclasses.replace(PHONE, margin=0.0, perspective=0.0, skew_deg=0.0, long_side_px=1600)
    return expose(rasterise_sheet(sheet, 6.0), effects, rng).picture


_COFFEE = Disc(PointMm(205, 80), 32, 32, 0.15)


def _cut_off(font: Path, rng: np.random.Generator) -> bytes:
    """Return the first half of a good scan, as a broken upload leaves it."""
    recipe = Recipe("cut_off", 20, SCAN)
    exposure = _exposure(_filled(recipe, rng), recipe, font, rng)
    whole = encode_jpeg(exposure.picture, SCAN.jpeg_quality)
    return whole[: len(whole) // 2]
