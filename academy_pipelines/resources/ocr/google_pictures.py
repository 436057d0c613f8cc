"""Pictures as Google Vision takes them: JPEGs, small enough, in requests that are small enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2

from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.resources.ocr.engine import PagePicture

JPEG_QUALITY = 92
MOST_SIDE_PX = 16_384
"""JPEG itself ends at 65,535; no page needs as much."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one request takes; see the quotas in Google's documentation of Vision.

    A picture may have 20 MB. A request over REST is JSON of at most 10 MB, where 3 bytes are written as 4 characters.
    """

    most_pictures: int = 16
    most_picture_bytes: int = 20_000_000
    most_request_bytes: int = 20_000_000


GRPC_LIMITS = RequestLimits()
REST_LIMITS = RequestLimits(most_picture_bytes=7_000_000, most_request_bytes=7_000_000)


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A page as it is sent; `scale` is its size as a share of the page's full size, at most 1."""

    page: PagePicture
    jpeg: bytes
    scale: float


def sent_picture(page: PagePicture, limits: RequestLimits) -> SentPicture:
    """Return a page as a JPEG within the limits, shrunk as much as that takes."""
    scale = min(1.0, MOST_SIDE_PX / max(page.pixels.shape))
    jpeg = encode_jpeg(_shrunk(page.pixels, scale), JPEG_QUALITY)
    while len(jpeg) > limits.most_picture_bytes:
        scale *= 0.95 * min(0.9, (limits.most_picture_bytes / len(jpeg)) ** 0.5)
        jpeg = encode_jpeg(_shrunk(page.pixels, scale), JPEG_QUALITY)
    return SentPicture(page, jpeg, scale)


def requests_of(pages: Sequence[PagePicture], limits: RequestLimits) -> Iterator[list[SentPicture]]:
    """Yield the pages, in order, as lists that one request takes."""
    batch: list[SentPicture] = []
    total_bytes = 0
    for page in pages:
        sent = sent_picture(page, limits)
        is_full = len(batch) == limits.most_pictures or total_bytes + len(sent.jpeg) > limits.most_request_bytes
        if batch and is_full:
            yield batch
            batch, total_bytes = [], 0
        batch.append(sent)
        total_bytes += len(sent.jpeg)
    if batch:
        yield batch


def _shrunk(pixels: Gray, scale: float) -> Gray:
    if scale >= 1:
        return pixels
    height_px, width_px = pixels.shape
    size_px = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    shrunk = cv2.resize(pixels, size_px, interpolation=cv2.INTER_AREA)
    return shrunk.reshape(size_px[1], size_px[0]).astype(pixels.dtype, copy=False)
