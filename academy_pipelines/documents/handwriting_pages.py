"""What was written in a document, page by page, each beside the page of the blank form with its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from academy_pipelines.documents.coloured_ink import Colour
from academy_pipelines.documents.document_page import document_pages
from academy_pipelines.documents.handwriting import HandwritingMarks, HandwritingPolicy, handwriting_marks
from academy_pipelines.documents.region import Region
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import read_header


@dataclass(frozen=True, slots=True)
class PageHandwriting:
    """One page; `number` is 1 for the first, `size_px` the (width, height) that boxes refer to."""

    number: int
    size_px: tuple[int, int]
    found: HandwritingMarks


def handwriting_in(
    data: bytes,
    blank: bytes | None = None,
    regions: Sequence[Region] = (),
    policy: HandwritingPolicy | None = None,
) -> Iterator[PageHandwriting]:
    """Yield what was written on each page of a file; one page is decoded at a time. See `handwriting_marks`.

    A page that is damaged, or that the blank form has no page for, is "unknown".

    Raises:
        UnreadableImageError: no page of the file, or of the blank form, can be read.
    """
    policy = policy or HandwritingPolicy()
    pages = document_pages(data)
    blanks = {page.number: page for page in document_pages(blank)} if blank is not None else {}
    colour = colour_picture(data) if blank is None and len(pages) == 1 else None
    for page in pages:
        own = [region for region in regions if region.page == page.number]
        try:
            form = blanks[page.number].decode() if page.number in blanks else None
            found = handwriting_marks(page.decode(), form, own, policy, colour=colour)
        except UnreadableImageError as error:
            found = HandwritingMarks("none", "unknown", 0.0, str(error))
        yield PageHandwriting(page.number, page.size_px, found)


def colour_picture(data: bytes) -> Colour | None:
    """Return a picture file in colour, (H, W, 3) BGR upright as its EXIF orientation says; None for all other files."""
    try:
        header = read_header(data)
        if header.mode != "RGB":
            return None
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except (UnreadableImageError, cv2.error):
        return None
    return None if decoded is None else np.asarray(decoded, np.uint8)
