"""The picture of a question, as a wrong note shows it."""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import READ_ERRORS, read_header

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class CropPolicy:
    """How large a picture a note carries."""

    longest_side_px: int = 1600
    """A picture as wide as the print of an A4 page (170 mm) then still has 240 dots an inch."""
    jpeg_quality: int = 85


CROP_POLICY = CropPolicy()


@dataclass(frozen=True, slots=True)
class NoteCrop:
    """A JPEG of our own making, upright, and its sides in pixels: nothing that a file might hide is left in it."""

    jpeg: bytes
    width_px: int
    height_px: int

    @property
    def data_uri(self) -> str:
        """The picture as the address of an image in a page."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


def note_crop(data: bytes, policy: CropPolicy = CROP_POLICY) -> NoteCrop:
    """Decode a picture in colour, upright, transparency shown on white, and shrink it to what is printed.

    Raises:
        UnreadableImageError: `data` is no picture, damaged, an animation or too large.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - only where pictures are read

    read_header(data)
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (policy.longest_side_px, policy.longest_side_px))
            picture = _on_white(ImageOps.exif_transpose(opened))
    except READ_ERRORS as error:
        raise UnreadableImageError("the picture is damaged; send it again as JPEG or PNG") from error
    picture.thumbnail((policy.longest_side_px, policy.longest_side_px))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=policy.jpeg_quality)
    return NoteCrop(buffer.getvalue(), *picture.size)


def _on_white(picture: "Image") -> "Image":
    from PIL import Image  # noqa: PLC0415 - only where pictures are read

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    opaque = Image.new("RGBA", picture.size, "white")
    opaque.alpha_composite(picture.convert("RGBA"))
    return opaque.convert("RGB")
