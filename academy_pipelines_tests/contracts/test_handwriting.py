"""Handwriting on the wire."""

import pytest

from academy_pipelines.contracts.handwriting import HandwritingResult, parse_handwriting_payload
from academy_pipelines.documents.added_ink import Mark
from academy_pipelines.documents.handwriting import HandwritingMarks, QuestionMarks
from academy_pipelines.documents.handwriting_pages import PageHandwriting
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import InvalidJobError

UNKNOWN = PageHandwriting(2, (100, 100), HandwritingMarks("none", "unknown", 0.0, "no form"))
BOX = PixelBox(1, 2, 30, 40)


def known(ink_share: float, dense_share: float) -> PageHandwriting:
    question = QuestionMarks("7", BOX, 0.5, 1)
    found = HandwritingMarks("difference", "known", 0.9, None, ink_share, dense_share, (Mark(BOX, 99),), (question,))
    return PageHandwriting(1, (100, 100), found)


def test_the_scores_are_the_means_of_what_is_known_and_the_rest_is_told():
    result = HandwritingResult.of([known(0.01, 1.0), UNKNOWN, known(0.03, 0.0)])
    assert (result.writing_score, result.calculation_score) == (0.75, 0.25)
    assert (result.status, result.method, result.reason) == ("known", "difference", "no form")
    assert result.pages[0].boxes == [(1, 2, 30, 40)]
    assert result.pages[0].questions[0].model_dump() == {
        "label": "7", "box": (1, 2, 30, 40), "ink_share": 0.5, "marks": 1,
    }  # fmt: skip


def test_scores_are_there_though_nothing_is_known():
    result = HandwritingResult.of([UNKNOWN])
    assert (result.writing_score, result.calculation_score, result.status) == (0.0, 0.0, "unknown")


def test_a_payload_names_its_form_and_its_questions_and_keeps_its_links_to_itself():
    payload = parse_handwriting_payload({
        "download_url": "http://a/b.pdf?key=1",
        "blank_url": "http://a/c.pdf?key=2",
        "regions": [{"box": [1, 2, 30, 40], "label": 7, "page": 2}],
    })  # fmt: skip
    assert [(one.page, one.box, one.label) for one in payload.as_regions] == [(2, BOX, "7")]
    assert "key" not in repr(payload)
    assert "key" not in payload.without_secrets().model_dump_json()


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({}, "download_url"),
        ({"download_url": "x", "regions": [{"box": [1, 2, 0, 4]}]}, "regions.0.box.2"),
        ({"download_url": "x", "regions": [{"page": 0, "box": [1, 2, 3, 4]}]}, "regions.0.page"),
        ({"download_url": "x", "blank_url": ""}, "blank_url"),
    ],
)
def test_a_payload_of_the_wrong_form_is_refused_by_name(payload, named):
    with pytest.raises(InvalidJobError, match=named):
        parse_handwriting_payload(payload)
