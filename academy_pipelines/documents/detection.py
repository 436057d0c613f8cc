"""What goes into a YOLO detector and what comes out of it, in the three layouts that its exports have.

A page is shrunk to fit a square and padded with grey, as in training; the answer's boxes are brought back to the page.
The layouts and the padding are those of the documentation of Ultralytics' exports; none of its code is used.
"""

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError
from academy_pipelines.imaging import Gray, as_gray

DetectorLayout = Literal["v5", "v8", "end_to_end"]
"""[1, N, 5 + classes]: centre, size, objectness, classes. [1, 4 + classes, N]: the same without objectness, turned.
[1, N, 6]: corners, confidence, class, each object once."""

PADDING_GREY = 114
_MOST_END_TO_END_ROWS = 1000
"""End-to-end models answer 100 to 300 rows, the others thousands."""
_BOX_VALUES, _OBJECT_VALUES, _END_TO_END_VALUES = 4, 5, 6


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a page of `page_px` (width, height) lies in the square: `scale` square pixels a page pixel, then shifted."""

    page_px: tuple[int, int]
    scale: float
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """N boxes in the square, corners (left, top, right, bottom) in its pixels; scores 0..1; class numbers."""

    corners: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Detection:
    """One object on a page; `label` is its class's name, `confidence` 0..1."""

    box: PixelBox
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class DetectionPolicy:
    """Which candidates count: those sure enough, and of those of a class that overlap more (IoU), the surest."""

    least_confidence: float = 0.4
    most_overlap: float = 0.5


def letterboxed(page: Gray, side_px: int) -> tuple[Gray, Letterbox]:
    """Return the page in a square of `side_px`, centred on grey, and where it lies there."""
    height_px, width_px = page.shape
    scale = side_px / max(height_px, width_px)
    inner_px = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (side_px - inner_px[0]) // 2, (side_px - inner_px[1]) // 2
    square = np.full((side_px, side_px), PADDING_GREY, np.uint8)
    square[top : top + inner_px[1], left : left + inner_px[0]] = cv2.resize(page, inner_px, interpolation=method)
    return as_gray(square), Letterbox((width_px, height_px), scale, left, top)


def sniffed_layout(shape: tuple[int, ...], class_count: int | None = None) -> DetectorLayout:
    """Return the layout of an output of `shape`; `class_count` is what the model says of itself, None for nothing.

    Raises:
        MisconfiguredError: the shape is none of a detector's, or has another number of classes.
    """
    if len(shape) != 3 or shape[0] != 1:  # noqa: PLR2004 - one batch of a matrix
        raise MisconfiguredError(f"YOLO_QUESTION_MODEL_PATH: its output {shape} is not a detector's [1, a, b]")
    _, rows, columns = shape
    if columns == _END_TO_END_VALUES and rows <= _MOST_END_TO_END_ROWS:
        return "end_to_end"
    layout: DetectorLayout = "v8" if rows < columns else "v5"
    check_class_count(shape, layout, class_count)
    return layout


def check_class_count(shape: tuple[int, ...], layout: DetectorLayout, class_count: int | None) -> int | None:
    """Return how many classes an output of `shape` tells apart, `class_count` where its shape does not say.

    Raises:
        MisconfiguredError: it tells apart another number than `class_count`, or none.
    """
    if layout == "end_to_end":
        found, possible = class_count, shape[-1] == _END_TO_END_VALUES
    else:
        found = shape[2] - _OBJECT_VALUES if layout == "v5" else shape[1] - _BOX_VALUES
        possible = found >= 1 and class_count in {None, found}
    if not possible:
        message = f"YOLO_QUESTION_MODEL_PATH: its output {shape} read as layout {layout} does not tell apart its"
        raise MisconfiguredError(f"{message} {class_count or 'one or more'} classes; name its layout")
    return found


def decoded(output: NDArray[Any], layout: DetectorLayout) -> Candidates:
    """Return all candidates of an output of one page, the unlikely ones too.

    Raises:
        MalformedAnswerError: a value is not a number.
    """
    values = np.asarray(output[0], np.float32)
    if not np.isfinite(values).all():
        raise MalformedAnswerError("the question detector answered values that are no numbers; export the model anew")
    if layout == "end_to_end":
        return Candidates(values[:, :4], values[:, 4], values[:, 5].astype(np.intp))
    if layout == "v8":
        values = values.T
    scores = values[:, _BOX_VALUES:] if layout == "v8" else values[:, _OBJECT_VALUES:] * values[:, 4:5]
    classes = scores.argmax(axis=1)
    half = values[:, 2:4] * np.float32(0.5)
    corners = np.concatenate([values[:, :2] - half, values[:, :2] + half], axis=1, dtype=np.float32)
    return Candidates(corners, scores[np.arange(len(scores)), classes], classes)


def kept(candidates: Candidates, policy: DetectionPolicy, *, once: bool) -> Candidates:
    """Return the candidates that count, the surest first; `once` when the model itself names each object once."""
    sure = np.flatnonzero(candidates.scores >= policy.least_confidence)
    corners, scores = candidates.corners[sure], candidates.scores[sure]
    classes = candidates.classes[sure]
    if not once and len(sure):
        sides = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        # ours decides what is sure enough: OpenCV's compares otherwise
        places = cv2.dnn.NMSBoxesBatched(
            sides.astype(np.float64).tolist(), scores.tolist(), classes.tolist(), 0.0, policy.most_overlap
        )
        chosen = np.asarray(places, np.intp).reshape(-1)
        corners, scores, classes = corners[chosen], scores[chosen], classes[chosen]
    order = np.argsort(-scores, kind="stable")
    return Candidates(corners[order], scores[order], classes[order])


def on_page(candidates: Candidates, letterbox: Letterbox, names: dict[int, str]) -> list[Detection]:
    """Return candidates as boxes on the page, cut at its edges; what lies beside the page is left out."""
    shift = np.array([letterbox.left, letterbox.top] * 2, np.float32)
    limits = np.array(letterbox.page_px * 2, np.float32)
    corners = np.clip((candidates.corners - shift) / letterbox.scale, 0, limits).round().astype(int).tolist()
    found: list[Detection] = []
    for (left, top, right, bottom), score, number in zip(
        corners, candidates.scores.tolist(), candidates.classes.tolist(), strict=True
    ):
        if right > left and bottom > top:
            box = PixelBox(left, top, right - left, bottom - top)
            found.append(Detection(box, names.get(number, f"class {number}"), min(score, 1.0)))
    return found
