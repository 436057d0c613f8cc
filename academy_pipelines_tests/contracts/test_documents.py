"""Jobs about documents, and their results in the form of the contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.documents import (
    DocumentPayload,
    EmbeddingResult,
    OcrResult,
    SegmentationResult,
    parse_document_payload,
)
from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.documents.region import Region, Segmentation
from academy_pipelines.documents.space import Space
from academy_pipelines.errors import InvalidJobError

URL = "https://r2.test/paper.pdf?signature=secret"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.sampled_from(["download_url", "engine", "ocr_text", "texts", "type"]), ANYTHING)


@given(st.sampled_from(["ocr", "question_segmentation", "problem_generation", "embedding"]), FIELDS)
def test_whatever_a_payload_holds_it_is_understood_or_refused(job_type: str, payload: dict):
    try:
        understood = parse_document_payload(job_type, payload)
    except InvalidJobError:
        return
    assert understood.type == job_type


@pytest.mark.parametrize(("engine", "understood"), [("Google", "google"), ("tesseract", "tesseract"), ("abbyy", None)])
def test_an_engine_that_nobody_knows_counts_as_none(engine: str, understood: str | None):
    assert parse_document_payload("ocr", {"download_url": URL, "engine": engine}).engine == understood


def test_what_is_kept_of_a_payload_opens_no_door_and_is_still_a_payload():
    kept = parse_document_payload("ocr", {"download_url": URL}).without_secrets()
    assert "secret" not in kept.model_dump_json()
    assert DocumentPayload.model_validate_json(kept.model_dump_json()) == kept


def test_a_text_that_was_read_already_goes_before_the_file():
    both = parse_document_payload("problem_generation", {"download_url": URL, "ocr_text": "1. 물음"})
    assert not both.has_file


def page(number: int, text: str, confidence: float | None, **others) -> PageText:
    lines = (TextLine(text, PixelBox(0, 0, 9, 9)),) if text else ()
    return PageText(number, (100, 100), "tesseract" if confidence else "text_layer", lines, confidence, **others)


def test_confidence_is_that_of_the_characters_that_somebody_had_to_read():
    result = OcrResult.of((page(1, "가나다", 0.5), page(2, "가", 0.9), page(3, "하하", None)))
    assert result.confidence == pytest.approx((3 * 0.5 + 0.9) / 4)
    assert result.engine == "tesseract+text_layer"
    assert result.text == "가나다\n\n가\n\n하하"
    assert OcrResult.of((page(1, "가", None),)).confidence is None


def test_boxes_come_with_a_label_a_kind_and_a_page_each():
    regions = (Region(1, PixelBox(1, 2, 3, 4), "passage", "1-3"), Region(2, PixelBox(5, 6, 7, 8), label="1"))
    result = SegmentationResult.of(Segmentation(regions, "anchors")).model_dump(mode="json")
    assert result["boxes"] == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert (result["labels"], result["kinds"], result["pages"]) == (["1-3", "1"], ["passage", "question"], [1, 2])


def test_vectors_say_what_they_may_be_compared_with():
    space = Space("lexical", "pieces", "1", 2)
    result = EmbeddingResult.of(space, [[0.6, 0.8]])
    assert (result.backend, result.space, result.dimension) == ("lexical", space.id, 2)
