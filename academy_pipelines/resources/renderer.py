"""Sheets on paper: a vector PDF with an embedded Korean font, and a PDF page as pixels.

reportlab writes the PDF and pdfium rasterises it; both are loaded when they are first used.
"""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from academy_pipelines.errors import InvalidTemplateError, MisconfiguredError
from academy_pipelines.imaging import Gray
from academy_pipelines.omr.primitives import CAP_HEIGHT, Disc, FilledBox, Line, Primitive, PrintedSheet, Ring, Text
from academy_pipelines.pages.pdf import draw, opened

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

POINTS_PER_MM = 72 / 25.4

ROUNDING_OF_PDF_NUMBERS = 1e-6
"""reportlab writes four decimals; 297.00002 mm must not become one more pixel."""

FONT_FOLDERS = (
    Path("/usr/share/fonts/truetype/nanum"),
    Path("/usr/share/fonts/nanum"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
    Path("/Library/Fonts"),
    Path("~/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
"""Where Debian, Fedora, a person, macOS and Windows keep TrueType fonts."""

FONT_NAMES = ("NanumGothic.ttf", "NanumBarunGothic.ttf", "malgun.ttf")
"""Korean fonts with TrueType outlines, best first; reportlab cannot embed CFF ones (most .otf, .ttc)."""


def find_font(explicit: Path | None = None, folders: Iterable[Path] = FONT_FOLDERS) -> Path:
    """Return `explicit`, or the first of `FONT_NAMES` in `folders`.

    Raises:
        MisconfiguredError: `explicit` is no file, or no folder has a Korean font.
    """
    if explicit is not None:
        if not explicit.is_file():
            message = f"there is no font at {explicit}; give --font the path of a Korean TrueType font"
            raise MisconfiguredError(message)
        return explicit
    roots = [folder.expanduser() for folder in folders]
    for name in FONT_NAMES:
        for root in roots:
            if (root / name).is_file():
                return root / name
    searched = ", ".join(str(root) for root in roots)
    message = f"no Korean font in {searched}; install the package fonts-nanum or give --font PATH"
    raise MisconfiguredError(message)


def render_pdf(sheet: PrintedSheet, font: Path) -> bytes:
    """Return `sheet` as a one-page vector PDF of exactly its size, `font` embedded as a subset.

    Bold text takes the font beside `font` whose name ends in "Bold", where there is one. The same
    sheet gives the same bytes.

    Raises:
        MisconfiguredError: `font` is not a TrueType font.
        InvalidTemplateError: `font` has no glyph for a character of the sheet.
    """
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - half a second, only where sheets are printed

    regular, bold = _embedded(font), _embedded(bold_beside(font))
    _check_glyphs(sheet, regular)
    buffer = io.BytesIO()
    size_pt = (sheet.width_mm * POINTS_PER_MM, sheet.height_mm * POINTS_PER_MM)
    name = regular.fontName
    canvas = Canvas(buffer, size_pt, invariant=1, initialFontName=name)  # pyright: ignore[reportArgumentType]
    canvas.setTitle(sheet.title)
    canvas.setSubject("answer sheet")
    canvas.setCreator("academy_pipelines")
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.transform(POINTS_PER_MM, 0, 0, -POINTS_PER_MM, 0, size_pt[1])
    canvas.setLineCap(1)
    for primitive in sheet.primitives:
        _paint(canvas, primitive, (regular, bold))
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def rasterise_pdf(pdf: bytes, px_per_mm: float) -> Gray:
    """Return the first page of `pdf` as grey pixels, `px_per_mm` of them to the millimetre.

    Sides are rounded up to whole pixels and the page is stretched to fill them, by less than 1 px.
    """
    scale = px_per_mm / POINTS_PER_MM * (1 - ROUNDING_OF_PDF_NUMBERS)
    with opened(pdf) as document:
        return draw(document[0], scale)


def bold_beside(font: Path) -> Path:
    """Return the bold sister of `font` in its folder, or `font` itself where there is none."""
    for ending in ("Bold", "bd"):
        bold = font.with_name(f"{font.stem}{ending}{font.suffix}")
        if bold.is_file():
            return bold
    return font


def _embedded(font: Path) -> "TTFont":
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFError, TTFont  # noqa: PLC0415

    try:
        embedded = TTFont(str(font.resolve()), str(font))
    except TTFError as error:
        message = f"{font} cannot be embedded ({error}); give --font a TrueType font such as NanumGothic.ttf"
        raise MisconfiguredError(message) from error
    pdfmetrics.registerFont(embedded)
    return embedded


def _check_glyphs(sheet: PrintedSheet, font: "TTFont") -> None:
    written = {character for shape in sheet.primitives if isinstance(shape, Text) for character in shape.content}
    missing = "".join(sorted(character for character in written if ord(character) not in font.face.charToGlyph))
    if missing:
        message = f"{font.face.filename} cannot write {missing!r}; change the title or give --font another font"
        raise InvalidTemplateError(message)


def _paint(canvas: "Canvas", shape: Primitive, fonts: "tuple[TTFont, TTFont]") -> None:
    match shape:
        case FilledBox(box, grey):
            canvas.setFillGray(grey)
            canvas.rect(box.x_mm, box.y_mm, box.width_mm, box.height_mm, stroke=0, fill=1)
        case Disc(center, rx_mm, ry_mm, grey):
            canvas.setFillGray(grey)
            canvas.ellipse(*_bounds(center.x_mm, center.y_mm, rx_mm, ry_mm), stroke=0, fill=1)
        case Ring(center, rx_mm, ry_mm, stroke_mm, grey):
            _set_stroke(canvas, stroke_mm, grey)
            canvas.ellipse(*_bounds(center.x_mm, center.y_mm, rx_mm, ry_mm), stroke=1, fill=0)
        case Line(start, end, stroke_mm, grey):
            _set_stroke(canvas, stroke_mm, grey)
            canvas.line(start.x_mm, start.y_mm, end.x_mm, end.y_mm)
        case Text():
            _write(canvas, shape, fonts[shape.is_bold])


def _write(canvas: "Canvas", text: Text, font: "TTFont") -> None:
    width_mm = font.stringWidth(text.content, text.size_mm)
    left_mm = {"left": 0.0, "middle": -width_mm / 2, "right": -width_mm}[text.align]
    canvas.saveState()
    canvas.translate(text.anchor.x_mm + left_mm, text.anchor.y_mm + CAP_HEIGHT * text.size_mm / 2)
    canvas.scale(1, -1)
    canvas.setFillGray(text.grey)
    canvas.setFont(font.fontName, text.size_mm)
    canvas.drawString(0, 0, text.content)
    canvas.restoreState()


def _set_stroke(canvas: "Canvas", stroke_mm: float, grey: float) -> None:
    canvas.setStrokeGray(grey)
    canvas.setLineWidth(stroke_mm)


def _bounds(x_mm: float, y_mm: float, rx_mm: float, ry_mm: float) -> tuple[float, float, float, float]:
    return x_mm - rx_mm, y_mm - ry_mm, x_mm + rx_mm, y_mm + ry_mm
