"""The review page as a file: whole, harmless, and the same for the same rows."""

import base64
import hashlib
import re

import cv2
import numpy as np

from academy_pipelines.omr.crops import Crop, Place
from academy_pipelines.review.page import render_page
from academy_pipelines.review.sheets import ReviewRow, ReviewSheet
from academy_pipelines_tests.review.answering import rows_of

CROP = Crop(np.full((30, 100), 240, np.uint8), (Place("A", 0.25, 0.5, 0.1, 0.3), Place("B", 0.75, 0.5, 0.1, 0.3)))


def row(**fields: object) -> ReviewRow:
    values = {
        "row": 3,
        "reading": "ambiguous A/B",
        "status": "ambiguous",
        "confidence": 0.4567,
        "guess": ("A", "B"),
        "choices": ("A", "B"),
        "crop": CROP,
    }
    return ReviewRow(**values | fields)


def sheet(*rows: ReviewRow, **fields: object) -> ReviewSheet:
    return ReviewSheet(**{"sheet": "7", "page": 1, "name": "#7", "scan_sha256": "a" * 64, "rows": rows} | fields)


def test_every_row_is_there_with_its_picture_inside():
    page = render_page([sheet(row(), row(row=4, guess=None)), sheet(row(), page=2)], "Review")
    rows = rows_of(page)
    assert list(rows) == [("7", 1, 3), ("7", 1, 4), ("7", 2, 3)]
    told = rows["7", 1, 3]
    assert (told["guess"], told["choices"], told["confidence"]) == (["A", "B"], ["A", "B"], 0.457)
    jpeg = base64.b64decode(told["picture"].removeprefix("data:image/jpeg;base64,"))
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE).shape == (30, 100)
    assert told["size_px"] == [100, 30]
    assert told["places"][0] == ["A", 0.25, 0.5, 0.1, 0.3]
    assert rows["7", 1, 4]["guess"] is None


def test_sheets_without_a_doubtful_row_are_left_out_and_the_same_rows_give_the_same_page():
    assert rows_of(render_page([sheet()], "Review")) == {}
    assert render_page([sheet(row())], "Review") == render_page([sheet(row()), sheet(sheet="8")], "Review")


def test_the_page_fetches_nothing_and_runs_only_its_own_script():
    page = render_page([sheet(row())], "Review")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert re.findall(r'(?:src|href)="(?!data:)', page.split('id="data"')[0]) == []


def test_names_from_outside_are_text_and_nothing_else():
    evil = "</script><img src=x onerror=alert(1)>\u2028'\""
    page = render_page([sheet(row(), name=evil)], f"{evil} title")
    assert "<img src=x" not in page
    assert rows_of(page)["7", 1, 3]["name"] == evil
