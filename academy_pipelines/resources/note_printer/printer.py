"""Sets a wrong note: Jinja2 writes the page, WeasyPrint prints it with an embedded Korean font.

Nothing that a student or a teacher wrote is markup: the template escapes every text. WeasyPrint may look at nothing
but `data:` addresses, so that a page cannot make it read a file or call a server.
"""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from academy_pipelines.documents.wrong_notes import NOTHING_GIVEN, WrongNote
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.renderer import bold_beside

TEMPLATES = Path(__file__).parent / "templates"

FAMILY = "Academy Note"
"""What the style sheet calls the Korean font, whichever file it is."""

_TRUETYPE = (b"\x00\x01\x00\x00", b"true", b"OTTO")
"""How font files with outlines of TrueType or CFF begin (OpenType specification, "Table directory")."""


@dataclass(frozen=True, slots=True)
class PrintedNote:
    """A note as a PDF, and how many pages it takes."""

    pdf: bytes
    pages: int


class NotePrinter:
    """Prints wrong notes in one font.

    Args:
        font: a Korean TrueType or OpenType font, as `renderer.find_font` finds it; its bold sister beside it is used
            where there is one.
    """

    def __init__(self, font: Path) -> None:
        self._font = font

    def print(self, page: str) -> PrintedNote:
        """Return the PDF of a page that `note_page` wrote.

        Raises:
            MisconfiguredError: the font is none that can be embedded.
        """
        from weasyprint import CSS, HTML  # noqa: PLC0415 - a second, only where notes are printed
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415

        fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False)
        fonts = FontConfiguration()
        faces = CSS(string=_faces(self._font), font_config=fonts, url_fetcher=fetcher)
        document = HTML(string=page, url_fetcher=fetcher).render(stylesheets=[faces], font_config=fonts)
        pdf = document.write_pdf()
        if not isinstance(pdf, bytes):
            raise TypeError(f"WeasyPrint wrote {type(pdf).__name__} instead of bytes")
        return PrintedNote(pdf, len(document.pages))


def note_page(note: WrongNote) -> str:
    """Return a note as one HTML page with everything in it; the same note gives the same page."""
    template = _environment().get_template("note.html")
    return template.render(note=note, style=_text("note.css"), nothing_given=NOTHING_GIVEN)


def _faces(font: Path) -> str:
    weights = (("normal", font), ("bold", bold_beside(font)))
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url("{_address(file)}"); }}\n'
        for weight, file in weights
    )


def _address(font: Path) -> str:
    try:
        data = font.read_bytes()
    except OSError as error:
        raise MisconfiguredError(f"there is no font at {font} ({error}); install the package fonts-nanum") from error
    if not data.startswith(_TRUETYPE):
        raise MisconfiguredError(f"{font} is no TrueType or OpenType font; use one such as NanumGothic.ttf")
    return f"data:font/ttf;base64,{base64.b64encode(data).decode()}"


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
