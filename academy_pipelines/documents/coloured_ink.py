"""Coloured pens on a page whose blank form is not known."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.added_ink import AddedInkPolicy, without_specks
from academy_pipelines.imaging import Gray, as_gray

Colour = NDArray[np.uint8]
"""(H, W, 3) BGR of 8 bits."""


@dataclass(frozen=True, slots=True)
class ColourPolicy:
    """What counts as a coloured pen's stroke."""

    least_chroma: int = 45
    """How far a pixel's strongest channel lies above its weakest (0..255) once white paper is white."""
    thickest_px: int = 11
    """At the size of the comparison, 1.6 mm on A4: what is thicker was printed or painted."""
    most_share: float = 0.08
    """Of the page in colour: more is a page printed in colour, or a desk."""


@dataclass(frozen=True, slots=True)
class ColouredInk:
    """255 where coloured strokes are, at the size of the comparison; `scale` leads there from the page's own pixels.

    `reason` says why nothing can be known of this picture.
    """

    ink: Gray
    scale: float
    reason: str | None = None


def coloured_ink(
    colour: Colour, policy: ColourPolicy = ColourPolicy(), added: AddedInkPolicy | None = None
) -> ColouredInk:
    """Return the thin coloured strokes on a page. Pencil and black pens are never among them."""
    added = added or AddedInkPolicy()
    scale = min(1.0, added.long_side_px / max(colour.shape[:2]))
    small = cv2.resize(colour, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    chroma = _chroma(_on_white(np.asarray(small, np.uint8)))
    strong = as_gray(np.greater(chroma, policy.least_chroma) * np.uint8(255))
    if cv2.countNonZero(strong) > policy.most_share * strong.size:
        return ColouredInk(np.zeros_like(strong), scale, "too much of the page is in colour to tell pens from print")
    window = np.ones((policy.thickest_px, policy.thickest_px), np.uint8)
    thick = cv2.dilate(cv2.morphologyEx(strong, cv2.MORPH_OPEN, window), window)
    ink = as_gray(cv2.bitwise_and(strong, cv2.bitwise_not(thick)))
    return ColouredInk(without_specks(ink, added.speck_px), scale)


def _on_white(picture: Colour) -> Colour:
    """Return the picture with the local colour of its paper made white: warm light and shadows go."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, np.ones((15, 15), np.uint8)), (31, 31))
    height_px, width_px = picture.shape[:2]
    whole = cv2.resize(paper, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(picture, np.maximum(whole, 40), scale=255), np.uint8)


def _chroma(picture: Colour) -> Gray:
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return as_gray(soft.max(axis=2) - soft.min(axis=2))
