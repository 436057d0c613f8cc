"""Whatever a worker posts, the page can show it, and secrets stay hidden."""

from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.omr.objective import objective_template
from academy_pipelines.sandbox.file_pages import first_read, result_of
from academy_pipelines.sandbox.overlays import posted_reading
from academy_pipelines.sandbox.redaction import redacted
from academy_pipelines.sandbox.summaries import summarise

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
)


@given(value=JSON)
def test_redaction_keeps_the_form_of_a_value(value):
    again = redacted(value)
    assert type(again) is type(value)
    if isinstance(value, list):
        assert len(again) == len(value)


@given(secret=st.text(alphabet="qwzx", min_size=6, max_size=12), name=st.sampled_from(["Cookie", "apiKey", "a_token"]))
def test_a_field_named_like_a_secret_is_hidden_at_any_depth(secret, name):
    assert secret not in str(redacted({"a": [{"b": {name: {"x": secret}}}]}))


@given(job_type=st.sampled_from(["omr_grading", "ocr", "embedding", "question_segmentation", "unknown"]), result=JSON)
def test_a_nonsense_result_is_summarised_without_an_error(job_type, result):
    assert isinstance(summarise(job_type, result), dict)


@given(answers=JSON, identifier=JSON)
def test_a_nonsense_sheet_is_summarised_without_an_error(answers, identifier):
    summary = summarise("omr_grading", {"answers": answers, "identifier": identifier}, {"answers": {"1": ["A"]}})
    assert summary["flagged"] >= 0


@given(pages=JSON, page=st.dictionaries(st.sampled_from(["page", "answers", "identifier", "error"]), JSON))
def test_nonsense_about_pages_is_summarised_without_an_error(pages, page):
    for listed in (pages, [page], [{**page, "page": 1}, {**page, "page": 2}]):
        result = {"answers": [], "pages": listed}
        truth = {"answers": {}, "pages": {"1": {"answers": {"1": ["A"]}}, "2": {"expect": "failed"}}}
        assert isinstance(summarise("omr_grading", result, truth), dict)
        assert isinstance(first_read(result), int)
        assert result_of(result, 1) is None or isinstance(result_of(result, 1), dict)


@given(answers=JSON, identifier=JSON)
def test_a_nonsense_result_reads_as_errors_and_never_fails(answers, identifier):
    template = objective_template(10)
    reading = posted_reading({"answers": answers, "identifier": identifier}, template)
    assert [item.question_id for item in reading.answers] == list(range(1, 11))
