"""Which engine answers, and how a person learns of it."""

import numpy as np
import pytest

from academy_pipelines.errors import (
    CalledOffError,
    EngineRefusedError,
    MisconfiguredError,
    ToolError,
    UnavailableError,
)
from academy_pipelines.resources.ocr.choice import AutoOcr, chosen_engine
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines_tests.resources.readers import FakeEngine

PAGES = [PagePicture(number, np.zeros((9, 9), np.uint8)) for number in (1, 2, 3)]


def google(**options) -> FakeEngine:
    return FakeEngine("google", **options)


def test_google_reads_where_it_is_configured():
    local = FakeEngine()
    pages = AutoOcr(google(), local).read(PAGES)
    assert [(page.source, page.notes) for page in pages] == [("google", ("read by Google",))] * 3
    assert local.calls == []


def test_tesseract_reads_where_google_is_not_configured():
    pages = AutoOcr(None, FakeEngine()).read(PAGES)
    assert {(page.source, page.notes) for page in pages} == {
        ("tesseract", ("read by tesseract: Google is not configured",))
    }


@pytest.mark.parametrize(
    "error", [UnavailableError("quota"), EngineRefusedError("no credit"), MisconfiguredError("bad key")]
)
def test_tesseract_reads_what_google_does_not_answer_and_says_why(error):
    pages = AutoOcr(google(failing=error), FakeEngine()).read(PAGES)
    assert {page.source for page in pages} == {"tesseract"}
    assert all(page.notes == (f"read by tesseract: Google did not answer ({error})",) for page in pages)


def test_pages_that_google_cannot_read_are_read_by_tesseract():
    local = FakeEngine()
    pages = AutoOcr(google(failing_pages=frozenset({2})), local).read(PAGES)
    assert [page.source for page in pages] == ["google", "tesseract", "google"]
    assert pages[1].notes == ("read by tesseract: Google could not read the page (no answer for this page)",)
    assert [page.number for page in pages] == [1, 2, 3]
    assert local.calls == [[2]]


def test_the_last_engine_that_fails_is_the_one_that_is_told():
    with pytest.raises(ToolError, match="broken"):
        AutoOcr(google(failing=UnavailableError("quota")), FakeEngine(failing=ToolError("broken"))).read(PAGES)


def test_work_that_is_called_off_is_not_begun_again():
    local = FakeEngine()
    with pytest.raises(CalledOffError):
        AutoOcr(google(failing=CalledOffError("cancelled")), local).read(PAGES)
    assert local.calls == []


def test_engines_are_chosen_by_name_and_closed_together():
    online, local = google(), FakeEngine()
    assert chosen_engine("google", online, local) is online
    assert chosen_engine("tesseract", online, local) is local
    chosen_engine("auto", online, local).close()
    assert (online.is_closed, local.is_closed) == (True, True)
    with pytest.raises(MisconfiguredError, match="without a credential"):
        chosen_engine("google", None, local)
