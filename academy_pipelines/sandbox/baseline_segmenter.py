"""How the workers before this project found questions, as a yardstick for the benchmark."""

import cv2

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray

LEAST_SHARE, MOST_SHARE = 0.005, 0.9
"""Of the page's area, that a question's box takes."""
LEAST_HEIGHT_TO_WIDTH = 0.3


def boxes_by_contours(picture: Gray) -> list[PixelBox]:
    """Return the boxes around shapes that hang together once ink has been swollen by two pixels, from top to bottom."""
    smooth = cv2.GaussianBlur(picture, (5, 5), 0)
    _, ink = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    swollen = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5)))
    outlines, _ = cv2.findContours(swollen, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [PixelBox(*(int(side) for side in cv2.boundingRect(outline))) for outline in outlines]
    kept = [box for box in boxes if _is_plausible(box, picture.size)]
    return sorted(kept, key=lambda box: (box.top, box.left))


def _is_plausible(box: PixelBox, page_px: int) -> bool:
    share = box.width * box.height / page_px
    return LEAST_SHARE <= share <= MOST_SHARE and box.height >= LEAST_HEIGHT_TO_WIDTH * box.width
