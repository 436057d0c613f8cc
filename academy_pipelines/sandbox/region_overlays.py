"""Posted questions drawn on the page that they were found on. Workers may post nonsense: it is not drawn."""

import itertools
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, encode_jpeg

LONG_SIDE_PX = 1600
QUESTION_BGR, PASSAGE_BGR = (190, 90, 20), (40, 130, 20)
LINE_PX = 3
LETTER_PX = 26
CORNERS = 4

Fields = dict[str, Any]


def holds_regions(result: object) -> bool:
    """Whether a result says where questions are."""
    return isinstance(result, dict) and isinstance(result.get("boxes"), list)


def draw_regions(page: Gray, full_size_px: tuple[int, int], result: Fields, number: int) -> bytes:
    """Return a JPEG of page `number`, whose picture of `full_size_px` (width, height) the boxes refer to."""
    scale = min(LONG_SIDE_PX / max(page.shape), 1.0)
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)
    factor = small.shape[1] / full_size_px[0]
    parts = (result["boxes"], *(_listed(result, name) for name in ("labels", "kinds", "pages")))
    for box, label, kind, on_page in itertools.zip_longest(*parts):
        if on_page in {number, None} and _is_box(box):
            _draw(canvas, [round(side * factor) for side in box], str(label or "?"), is_passage=kind == "passage")
    return encode_jpeg(canvas)


def _draw(canvas: NDArray[np.uint8], box: list[int], label: str, *, is_passage: bool) -> None:
    left, top, width, height = box
    colour = PASSAGE_BGR if is_passage else QUESTION_BGR
    cv2.rectangle(canvas, (left, top), (left + width, top + height), colour, LINE_PX)
    text = label if label.isascii() else "?"
    (text_px, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)
    cv2.rectangle(canvas, (left, top), (left + text_px + 10, top + LETTER_PX + 6), colour, cv2.FILLED)
    place = (left + 5, top + LETTER_PX)
    cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2, cv2.LINE_AA)


def _listed(result: Fields, name: str) -> list[Any]:
    values = result.get(name)
    return values if isinstance(values, list) else []


def _is_box(box: object) -> bool:
    return isinstance(box, list) and len(box) == CORNERS and all(isinstance(side, (int, float)) for side in box)
