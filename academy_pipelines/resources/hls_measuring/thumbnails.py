"""A decoded picture as a small square of luma."""

import av
import numpy as np

from academy_pipelines.video.validation.facts import THUMBNAIL_SIDE_PX, Thumbnail

QUARTER_TURN_DEGREES = 90


def draw_thumbnail(frame: av.VideoFrame, time_s: float) -> Thumbnail:
    """Return `frame` as it is displayed (turned as its metadata says), squeezed to a square."""
    small = frame.reformat(THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX, "gray", interpolation="AREA").to_ndarray()
    turned = np.rot90(small, round(frame.rotation / QUARTER_TURN_DEGREES))
    return Thumbnail(time_s, np.ascontiguousarray(turned).tobytes().hex())
