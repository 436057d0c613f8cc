"""Jobs as the back end hands them out: read generously, refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.jobs import MOST_ON_ROSTER, AiJob, JobType, parse_ai_job, parse_omr_payload
from academy_pipelines.errors import ContractError, InvalidJobError

JOB = {"id": "a", "type": "omr_grading", "source_id": 7}
PAYLOAD = {"download_url": "https://files.test/1.jpg"}
QUESTION = {"question_id": 1, "roi": {"x": 1, "y": 2, "w": 30, "h": 10}}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_job_has_what_the_back_end_promises():
    job = parse_ai_job(JOB | {"payload": {"engine": "auto"}, "attempt": 2, "max_attempts": 4})
    assert job == AiJob(
        id="a", type="omr_grading", source_id="7", payload={"engine": "auto"}, attempt=2, max_attempts=4
    )


@pytest.mark.parametrize("source_id", [7, "7"])
def test_a_submission_may_be_named_by_a_number_or_a_text(source_id: object):
    assert parse_ai_job(JOB | {"source_id": source_id}).source_id == "7"


def test_attempts_are_counted_from_the_back_ends_defaults():
    job = parse_ai_job(JOB)
    assert (job.attempt, job.max_attempts, job.payload) == (0, 5, {})


@pytest.mark.parametrize("field", ["payload", "attempt", "max_attempts"])
def test_an_optional_field_that_is_null_counts_as_missing(field: str):
    assert parse_ai_job(JOB | {field: None}) == parse_ai_job(JOB)


def test_an_unknown_type_is_a_job_too():
    assert parse_ai_job(JOB | {"type": "palm_reading"}).type == "palm_reading"


def test_fields_that_we_do_not_know_are_ignored():
    assert parse_ai_job(JOB | {"tenant": "seoul"}) == parse_ai_job(JOB)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"source_id": True}, "source_id"),
        ({"source_id": 1.5}, "source_id"),
        ({"type": 7}, "type"),
        ({"payload": "text"}, "payload"),
        ({"payload": []}, "payload"),
        ({"max_attempts": 0}, "max_attempts"),
    ],
)
def test_a_job_that_is_none_is_refused_naming_the_field(change: dict, place: str):
    with pytest.raises(ContractError, match=place):
        parse_ai_job(JOB | change)


@pytest.mark.parametrize("field", ["id", "type", "source_id"])
def test_a_job_without_a_required_field_says_that_it_is_missing(field: str):
    with pytest.raises(ContractError, match=f"{field}: Field required$"):
        parse_ai_job({name: value for name, value in JOB.items() if name != field})


def complaint_about(parse, body: object) -> str:
    """What is said about a body that is refused; nothing for one that is understood."""
    try:
        parse(body)
    except (ContractError, InvalidJobError) as error:
        return str(error)
    return ""


@given(JSON)
def test_whatever_is_handed_out_is_a_job_or_a_broken_contract(body: object):
    assert len(complaint_about(parse_ai_job, body)) < 600


@given(JSON.filter(lambda value: isinstance(value, dict)))
def test_whatever_a_payload_holds_it_is_understood_or_an_invalid_job(payload: dict):
    assert len(complaint_about(parse_omr_payload, payload)) < 600
    assert len(complaint_about(parse_omr_payload, PAYLOAD | payload)) < 600


@pytest.mark.parametrize(
    ("given_mode", "mode"),
    [
        ("scan", "scan"),
        ("PHOTO", "photo"),
        ("auto", "auto"),
        ("fax", "auto"),
        (None, "auto"),
        (7, "auto"),
        ("", "auto"),
    ],
)
def test_any_other_mode_is_auto(given_mode: object, mode: str):
    assert parse_omr_payload(PAYLOAD | {"mode": given_mode}).mode == mode


def test_without_an_address_there_is_nothing_to_read():
    with pytest.raises(InvalidJobError, match=r"download_url: Field required$"):
        parse_omr_payload({"mode": "scan"})


@pytest.mark.parametrize(
    "field", ["questions", "template_meta", "template_fetch", "question_count", "roster", "exam_id"]
)
@pytest.mark.parametrize("nothing", [None, "empty"])
def test_what_is_null_or_empty_counts_as_missing(field: str, nothing: object):
    empty = {"questions": [], "template_meta": {}, "template_fetch": {}, "question_count": None, "roster": []}
    empty["exam_id"] = None
    body = PAYLOAD | {field: empty[field] if nothing else None}
    assert parse_omr_payload(body) == parse_omr_payload(PAYLOAD)


@pytest.mark.parametrize("fetch", [{"timeout": 5}, {"base_url": ""}, {"base_url": None, "cookie": "x"}])
def test_a_template_without_an_address_to_fetch_it_from_counts_as_missing(fetch: dict):
    assert parse_omr_payload(PAYLOAD | {"template_fetch": fetch}).template_fetch is None


def test_a_template_may_be_fetched_with_the_callers_rights():
    fetch = {"base_url": "https://academy.test", "bearer_token": "hunter2", "timeout": None, "cookie": None}
    request = parse_omr_payload(PAYLOAD | {"template_fetch": fetch, "question_count": 20}).template_fetch
    assert (request.base_url, request.bearer_token, request.timeout, request.cookie) == (
        "https://academy.test",
        "hunter2",
        10.0,
        None,
    )
    assert "hunter2" not in repr(request)


def test_legacy_questions_have_five_choices_along_x_unless_they_say_otherwise():
    plain, odd = parse_omr_payload(
        PAYLOAD | {"questions": [QUESTION | {"choices": None}, QUESTION | {"choices": ["O", "X"], "axis": "y"}]}
    ).questions
    assert (plain.choices, plain.axis) == (["A", "B", "C", "D", "E"], "x")
    assert (odd.choices, odd.axis) == (["O", "X"], "y")


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ({"question_id": 1}, "questions.0.roi"),
        (QUESTION | {"choices": ["A"]}, "questions.0.choices"),
        (QUESTION | {"axis": "z"}, "questions.0.axis"),
        (QUESTION | {"roi": {"x": "left"}}, "questions.0.roi.x"),
    ],
)
def test_a_legacy_question_that_is_none_is_refused_naming_its_place(question: dict, place: str):
    with pytest.raises(InvalidJobError, match=place):
        parse_omr_payload(PAYLOAD | {"questions": [question]})


def test_the_job_types_are_those_of_the_back_end_and_ours():
    assert {kind.value for kind in JobType} == {
        "wrong_note",
        "omr_grading",
        "ocr",
        "question_segmentation",
        "handwriting_analysis",
        "embedding",
        "problem_generation",
        "homework_video_analysis",
    }


def test_a_payload_may_name_the_valid_numbers_and_the_exam():
    payload = parse_omr_payload(PAYLOAD | {"roster": ["00012345", "20260417"], "exam_id": 31})
    assert (payload.roster, payload.exam_id) == (["00012345", "20260417"], "31")


@pytest.mark.parametrize(
    ("roster", "reason"),
    [
        ("20260417", r"roster: Input should be a valid list"),
        ({"20260417": "Kim"}, r"roster: Input should be a valid list"),
        ([20260417], r"roster\.0: Input should be a valid string \(got 20260417\)"),
        (["20260417", "2026-0418"], r"roster\.1: String should match pattern .*\(got '2026-0418'\)"),
        (["20260417", ""], r"roster\.1"),
        (["1"] * (MOST_ON_ROSTER + 1), r"roster: List should have at most 20000 items"),
    ],
)
def test_a_roster_that_is_none_is_refused_naming_the_entry(roster: object, reason: str):
    with pytest.raises(InvalidJobError, match=reason):
        parse_omr_payload(PAYLOAD | {"roster": roster})
