"""The review page: one HTML file with everything in it, that works without a network and writes a corrections file."""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from academy_pipelines.imaging import encode_jpeg
from academy_pipelines.review.sheets import ReviewRow, ReviewSheet

FORMAT = "academy-review/1"
CROP_JPEG_QUALITY = 82
TEMPLATES = Path(__file__).parent / "templates"


def render_page(sheets: Iterable[ReviewSheet], title: str) -> str:
    """Return the page for the doubtful rows of `sheets`; the same rows give the same page."""
    data = {"format": FORMAT, "title": title, "sheets": [_sheet(sheet) for sheet in sheets if sheet.rows]}
    data["key"] = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    style, script = (_text(name) for name in ("review.css", "review.js"))
    policy = f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    template = _environment().get_template("review.html")
    return template.render(title=title, data=data, style=style, script=script, policy=policy)


def _sheet(sheet: ReviewSheet) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "page": sheet.page,
        "name": sheet.name,
        "scan_sha256": sheet.scan_sha256,
        "complaints": list(sheet.complaints),
        "url": sheet.url,
        "rows": [_row(row) for row in sheet.rows],
    }


def _row(row: ReviewRow) -> dict[str, Any]:
    height_px, width_px = row.crop.picture.shape
    picture = base64.b64encode(encode_jpeg(row.crop.picture, CROP_JPEG_QUALITY)).decode()
    return {
        "row": row.row,
        "reading": row.reading,
        "status": row.status,
        "confidence": round(row.confidence, 3),
        "guess": None if row.guess is None else list(row.guess),
        "choices": list(row.choices),
        "others": list(row.others),
        "set_aside": None if row.set_aside is None else list(row.set_aside),
        "picture": f"data:image/jpeg;base64,{picture}",
        "size_px": [width_px, height_px],
        "places": [[p.label, *(round(v, 4) for v in (p.x, p.y, p.rx, p.ry))] for p in row.crop.places],
    }


def _digest(text: str) -> str:
    """Return what a browser compares an inline block with; the block is `text` and nothing else."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), undefined=StrictUndefined
    )
