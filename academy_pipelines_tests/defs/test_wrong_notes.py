"""Wrong notes from claimed job to posted result, on a real Dagster instance."""

from typing import Any

import dagster as dg
import numpy as np
import pypdfium2
import pytest

from academy_pipelines.imaging import encode_png
from academy_pipelines_tests.defs.conftest import Academy

CROP = "https://files.test/crop.png?signature=secret"
ITEM = {"exam": "3월 모의고사", "question": 7, "given": "B", "right": "D", "body": "<b>소수</b>인 것은?", "crop": CROP}


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    quick_academy.files[CROP] = encode_png(np.full((60, 200), 200, np.uint8))
    return quick_academy


def offer(academy: Academy, enrolment: int, *items: dict[str, Any]) -> None:
    payload = {"enrolment": {"id": enrolment, "name": "김하늘"}, "items": list(items)}
    academy.offer(enrolment, id=f"note-{enrolment}", type="wrong_note", payload=payload)


def test_a_note_is_printed_and_its_place_handed_back(academy: Academy):
    offer(academy, 31, ITEM, {**ITEM, "question": 9, "crop": None})
    (run,) = academy.work_through()
    assert run.success
    result = academy.api.results[31].result
    assert (result["items"], academy.materialized("wrong_note")) == (2, {"31"})
    with pypdfium2.PdfDocument(academy.store.get(result["pdf_key"])) as pdf:
        assert len(pdf) == result["pages"]
        text = pdf[0].get_textpage().get_text_bounded()
    assert "김하늘" in text
    assert "<b>소수</b>" in text
    assert "signature" not in str(academy.ledger.work.look_up(["31"]))


def test_one_bad_note_costs_only_itself(academy: Academy):
    offer(academy, 31, {key: value for key, value in ITEM.items() if key != "exam"})
    offer(academy, 32)
    offer(academy, 33, ITEM)
    (run,) = academy.work_through()
    assert not run.success
    assert "items.0.exam" in academy.api.results[31].error
    assert academy.api.results[32].error.startswith("empty_document: ")
    assert academy.api.results[33].status == "done"
    assert academy.materialized("wrong_note") == {"33"}


def test_a_backfill_hands_back_what_is_printed_already(academy: Academy):
    offer(academy, 31, ITEM)
    academy.work_through()
    first = academy.api.results.pop(31)
    academy.files.clear()
    assert academy.run(dg.RunRequest(job_name="print_wrong_notes"), partition_key="31").success
    assert academy.api.results[31] == first
