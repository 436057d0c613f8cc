"""Shapes that may be the printed letters and digits of a sheet whose bubbles have no outline."""

import cv2
import numpy as np

from academy_pipelines.imaging import Gray, as_gray
from academy_pipelines.omr.blobs import shrink
from academy_pipelines.omr.shapes import Shapes

WORK_LONG_SIDE_PX = 2000
ENLARGE_BELOW_PX = 1700
"""Smaller pictures are doubled: a letter of 1.5 mm on a sheet that fills half of them still has 10 px."""
PAPER_WINDOW_SHARE = 1 / 45
"""Side of the window whose mean is the paper around, as a share of the picture's longer side."""
DARKER = 0.93
HEIGHTS_PX = (5, 80)
MAX_ELONGATION = 5.0
"""Of a digit one."""
BUBBLE_OVER_LETTER = 2.0
"""Diameter of a bubble over the height of the letter in it: from 1.4 to 3 on sheets that print letters alone."""


def find_letters(page: Gray) -> Shapes:
    """Return the letter-like shapes of `page`, each as large as the bubble that it may stand in."""
    small, factor = shrink(page, WORK_LONG_SIDE_PX)
    if max(small.shape) < ENLARGE_BELOW_PX:
        small = as_gray(cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR))
        factor *= 2
    window = max(15, int(max(small.shape) * PAPER_WINDOW_SHARE)) | 1
    limit = cv2.convertScaleAbs(cv2.blur(small, (window, window)), alpha=DARKER, beta=-1)
    ink = as_gray(cv2.compare(small, limit, cv2.CMP_LT))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = np.asarray(stats[1:, :4], np.float64)
    low, high = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    fits = (high >= HEIGHTS_PX[0]) & (high <= HEIGHTS_PX[1]) & (high <= MAX_ELONGATION * np.maximum(low, 1))
    boxes = boxes[fits]
    centers = (boxes[:, :2] + boxes[:, 2:] / 2) / factor - 0.5
    return Shapes(centers, boxes[:, 2:].max(axis=1) * BUBBLE_OVER_LETTER / factor)
