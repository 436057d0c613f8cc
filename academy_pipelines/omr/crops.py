"""Small flat pictures of single rows of a sheet, for a person to look at, and where each bubble lies in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from academy_pipelines.imaging import Gray, as_gray
from academy_pipelines.omr.geometry import bent, project
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import BoxMm, Bubble, Question, SheetTemplate

PX_PER_MM = 7.0
"""Enough to tell pencil from an erasure on a screen; a coarser picture is not blown up."""
GRID_PX_PER_MM = 4.5
"""The identifier's grid is large, and its marks stand apart."""
BEFORE_RADII = 4.5
AFTER_RADII = 2.5
"""What is shown at the ends of a row, in radii of its bubbles: the printed number, and notes of the student."""
ABOVE_RADII = 0.9
AROUND_GRID_RADII = 1.6
ABOVE_GRID_RADII = 6.0
"""Where the student's number is written by hand, if the sheet asks for that."""

PAPER_PERCENTILE = 80
SHOWN_PAPER = 225.0
"""What grey paper becomes, so that a dark photo is as easy to look at as a scan."""


@dataclass(frozen=True, slots=True)
class Place:
    """A bubble in a crop: its centre and radii, x and y as shares of the crop's width and height."""

    label: str
    x: float
    y: float
    rx: float
    ry: float


@dataclass(frozen=True, slots=True)
class Crop:
    """A flat picture of a part of the sheet, and the bubbles in it in the order they were given."""

    picture: Gray
    places: tuple[Place, ...]


def crop_question(page: Gray, registration: Registration, template: SheetTemplate, question: Question) -> Crop:
    """Return `question`'s row with some paper around it."""
    radius = max(max(bubble.rx_mm, bubble.ry_mm) for bubble in question.bubbles)
    before, after, across = BEFORE_RADII * radius, AFTER_RADII * radius, ABOVE_RADII * radius
    margins = (before, across, after, across) if question.axis == "x" else (across, before, across, after)
    box = _around(question.bubbles, margins)
    return _crop(flat_region(page, registration, template, box, PX_PER_MM), box, question.bubbles)


def crop_identifier(page: Gray, registration: Registration, template: SheetTemplate) -> Crop:
    """Return the whole grid of the identifier, which `template` must have."""
    bubbles = [bubble for column in template.identifier for bubble in column.bubbles]
    radius = max(max(bubble.rx_mm, bubble.ry_mm) for bubble in bubbles)
    margin = AROUND_GRID_RADII * radius
    box = _around(bubbles, (margin, ABOVE_GRID_RADII * radius, margin, margin))
    return _crop(flat_region(page, registration, template, box, GRID_PX_PER_MM), box, bubbles)


def _crop(picture: Gray, box: BoxMm, bubbles: Sequence[Bubble]) -> Crop:
    paper = max(float(np.percentile(picture, PAPER_PERCENTILE)), 1.0)
    bright = as_gray(cv2.convertScaleAbs(picture, alpha=max(1.0, SHOWN_PAPER / paper)))
    places = tuple(
        Place(
            bubble.label,
            (bubble.center.x_mm - box.x_mm) / box.width_mm,
            (bubble.center.y_mm - box.y_mm) / box.height_mm,
            bubble.rx_mm / box.width_mm,
            bubble.ry_mm / box.height_mm,
        )
        for bubble in bubbles
    )
    return Crop(bright, places)


def flat_region(page: Gray, registration: Registration, template: SheetTemplate, box: BoxMm, px_per_mm: float) -> Gray:
    """Return the part `box` of the sheet, flat and upright, white where the picture does not reach.

    Its resolution is `px_per_mm`, or the picture's own where that is coarser.
    """
    scale = min(px_per_mm, registration.px_per_mm)
    columns, rows = (max(1, round(side * scale)) for side in (box.width_mm, box.height_mm))
    u, v = np.meshgrid(
        box.x_mm + (np.arange(columns) + 0.5) * box.width_mm / columns,
        box.y_mm + (np.arange(rows) + 0.5) * box.height_mm / rows,
    )
    points_mm = np.stack([u.ravel(), v.ravel()], axis=1)
    moved = bent(points_mm, registration.bend, (template.width_mm, template.height_mm))
    x, y = project(registration.matrix, moved).astype(np.float32).T.reshape(2, rows, columns)
    return as_gray(cv2.remap(page, x, y, cv2.INTER_LINEAR, borderValue=(255,)))


def _around(bubbles: Sequence[Bubble], margins_mm: tuple[float, float, float, float]) -> BoxMm:
    """Return the box of `bubbles` with margins left, above, right and below."""
    left_mm, above_mm, right_mm, below_mm = margins_mm
    left = min(bubble.center.x_mm - bubble.rx_mm for bubble in bubbles) - left_mm
    top = min(bubble.center.y_mm - bubble.ry_mm for bubble in bubbles) - above_mm
    right = max(bubble.center.x_mm + bubble.rx_mm for bubble in bubbles) + right_mm
    bottom = max(bubble.center.y_mm + bubble.ry_mm for bubble in bubbles) + below_mm
    return BoxMm(left, top, right - left, bottom - top)
