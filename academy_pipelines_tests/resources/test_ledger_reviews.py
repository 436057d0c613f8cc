"""What the ledger promises about reviews and the roll, on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.errors import RefusedReviewError
from academy_pipelines.resources.ledger import database
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.roll import Entry
from academy_pipelines.resources.ledger.tables import metadata
from academy_pipelines.resources.ledger.work import Problem
from academy_pipelines.review.corrections import Correction, Corrections
from academy_pipelines_tests.review.results import OTHER_SCAN, answer, correction, identifier, result

READ = result(answer(1), answer(2, "ambiguous", "AC"), answer(3, "low_confidence", ""), number=identifier("12?4"))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path, clock: Clock) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = Ledger(url, lease_s=60, max_attempts=3, clock=clock)
    yield opened
    opened.close()


def job(number: int, **fields: object) -> AiJob:
    values = {"id": f"job-{number}", "type": "omr_grading", "source_id": str(number), "payload": {}}
    return AiJob.model_validate(values | fields)


def graded(ledger: Ledger, *numbers: int, read: OmrResult | dict = READ, deliver: bool = True) -> None:
    for number in numbers:
        ledger.inbox.accept(job(number), source="api")
    started = ledger.work.start([str(number) for number in numbers], "run")
    body = read if isinstance(read, dict) else read.model_dump(mode="json")
    ledger.work.finish("run", {record.job_id: body for record in started})
    ledger.work.release("run")
    for record in started if deliver else ():
        ledger.outbox.delivered(record.job_id)


def file(*corrections: Correction, reviewer: str = "kim") -> Corrections:
    return Corrections(format="academy-review/1", reviewer=reviewer, corrections=list(corrections))


def said(text: str, sheet: int = 7, row: int | str = 2, **fields: object) -> Correction:
    reading = {2: "ambiguous A/C", 3: "low_confidence -", "identifier": "ambiguous 12?4 read"}[row]
    return correction(row, text, reading, **{"sheet": str(sheet), "reviewer": None} | fields)


def test_corrections_wait_until_a_result_takes_them_into_account(ledger: Ledger):
    graded(ledger, 7, 8)
    accepted = ledger.reviews.accept(file(said("C"), said("", row=3), said("A", sheet=8)))
    assert (accepted.rows, accepted.sheets, accepted.known) == (3, 2, 0)
    assert ledger.reviews.waiting(10) == ["7", "8"]
    kept = ledger.reviews.of(["7", "8", "9"])
    assert {s: [(c.row, c.answer, c.reviewer) for c in cs] for s, cs in kept.corrections.items()} == {
        "7": [(2, ["C"], "kim"), (3, [], "kim")],
        "8": [(2, ["A"], "kim")],
    }
    ledger.reviews.commit({"job-7": {"better": True}}, ["7"], kept.last_id)
    assert ledger.reviews.waiting(10) == ["8"]
    assert [parcel.result for parcel in ledger.outbox.of(["job-7", "job-8"])] == [{"better": True}]


def test_the_same_file_twice_changes_nothing(ledger: Ledger):
    graded(ledger, 7)
    ledger.reviews.accept(file(said("C")))
    kept = ledger.reviews.of(["7"])
    ledger.reviews.applied(["7"], kept.last_id)
    again = ledger.reviews.accept(file(said("C"), reviewer="lee"))
    assert (again.rows, again.sheets, again.known) == (0, 0, 1)
    assert ledger.reviews.waiting(10) == []
    assert ledger.reviews.of(["7"]) == kept


def test_of_a_file_with_one_wrong_correction_nothing_is_kept(ledger: Ledger):
    graded(ledger, 7)
    wrong = [said("F"), said("", sheet=9), said("A", row=3, scan_sha256=OTHER_SCAN)]
    with pytest.raises(RefusedReviewError) as refusal:
        ledger.reviews.accept(file(said("1234", row="identifier"), *wrong))
    head, *lines = str(refusal.value).splitlines()
    assert head == "3 of 4 corrections cannot be applied, so none was"
    assert lines[0] == "  submission 7: question 2: there is no choice 'F'; there are A, B, C, D, E"
    assert (
        lines[1]
        == "  submission 7: question 3 was reviewed in another picture of this sheet; make the review page again"
    )
    assert lines[2] == "  submission 9: nothing was read of it here; is this the review of another deployment?"
    assert ledger.reviews.of(["7"]).corrections == {}


def test_a_reading_that_has_changed_since_is_not_corrected(ledger: Ledger):
    graded(ledger, 7)
    graded(ledger, 7, read=result(answer(2, "ok", "A")))
    with pytest.raises(RefusedReviewError, match="question 2 is now read as 'ok A', it was 'ambiguous A/C'"):
        ledger.reviews.accept(file(said("C")))


def test_two_people_who_differ_are_told_so(ledger: Ledger):
    graded(ledger, 7)
    ledger.reviews.accept(file(said("C")))
    with pytest.raises(RefusedReviewError, match="question 2 was already said to be C by kim on 2026-11-24"):
        ledger.reviews.accept(file(said("A"), reviewer="lee"))
    ledger.reviews.accept(file(said("A"), reviewer="lee"), replace=True)
    (kept,) = ledger.reviews.of(["7"]).corrections["7"]
    assert (kept.answer, kept.reviewer) == (["A"], "lee")


def test_what_was_never_read_or_not_accepted_cannot_be_put_right(ledger: Ledger):
    ledger.inbox.accept(job(7), source="api")
    with pytest.raises(RefusedReviewError, match="submission 7: nothing was read of it here"):
        ledger.reviews.accept(file(said("C")))
    ledger.work.start(["7"], "run")
    ledger.work.fail({"job-7": Problem("unreadable_image", "the file is empty")})
    with pytest.raises(RefusedReviewError, match=r"submission 7: it could not be read \(the file is empty\)"):
        ledger.reviews.accept(file(said("C")))
    graded(ledger, 8)
    ledger.outbox.bury("job-8", "400: unknown submission")
    with pytest.raises(RefusedReviewError, match=r"the back end does not take its result \(400: unknown submission\)"):
        ledger.reviews.accept(file(said("C", sheet=8)))


def test_a_submission_that_somebody_works_on_is_left_to_them(ledger: Ledger):
    graded(ledger, 7)
    ledger.reviews.accept(file(said("C")))
    assert ledger.work.hold(["7"], "other") == ["7"]
    assert ledger.reviews.waiting(10) == []
    assert ledger.reviews.waiting(10, "other") == ["7"]
    assert ledger.work.hold(["7"], "run") == []
    ledger.work.release("other")
    ledger.inbox.accept(job(7, id="again"), source="api")
    assert ledger.reviews.waiting(10) == []


def test_what_comes_in_while_a_result_is_made_stays_waiting(ledger: Ledger):
    graded(ledger, 7)
    ledger.reviews.accept(file(said("C")))
    kept = ledger.reviews.of(["7"])
    ledger.reviews.accept(file(said("", row=3)))
    ledger.reviews.commit({}, ["7"], kept.last_id)
    assert ledger.reviews.waiting(10) == ["7"]


def test_many_results_are_exchanged_at_once(ledger: Ledger):
    graded(ledger, 7, 8)
    ledger.reviews.commit({"job-7": {"n": 7}, "job-8": {"n": 8}}, [], 0)
    assert [parcel.result for parcel in ledger.outbox.of(["job-7", "job-8"])] == [{"n": 7}, {"n": 8}]


def test_a_dead_job_is_not_delivered_again_by_a_review(ledger: Ledger):
    graded(ledger, 7)
    ledger.outbox.bury("job-7", "400")
    ledger.reviews.commit({"job-7": {}}, ["7"], 0)
    assert ledger.outbox.of(["job-7"]) == []


def test_a_ledger_of_the_first_revision_is_brought_up_to_date(tmp_path):
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        assert set(sa.inspect(connection).get_table_names()) == {"alembic_version", "jobs", "leases"}
    engine.dispose()
    opened = Ledger(f"sqlite:///{tmp_path}/old.db")
    graded(opened, 7)
    assert opened.reviews.accept(file(said("C"))).rows == 1
    assert opened.roll.mates(["7"]) == {"7": {}}
    opened.close()


def test_migrations_make_the_tables_that_the_code_speaks_of(ledger: Ledger):
    with ledger._database.transaction() as connection:
        found = sa.inspect(connection)
        for table in metadata.tables.values():
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}
            indexed = {tuple(index["column_names"]) for index in found.get_indexes(table.name)}
            assert indexed == {tuple(column.name for column in index.columns) for index in table.indexes}


def entry(number: int, identifier: str | None = "1234", exam: str | None = "midterm", template: str = "a") -> Entry:
    return Entry(str(number), f"job-{number}", template, exam, {1: identifier})


def test_sheets_of_one_exam_with_one_number_are_told(ledger: Ledger):
    assert ledger.roll.enter([entry(7), entry(8), entry(9, "4321")]) == {"7": {1: ("8",)}, "8": {1: ("7",)}, "9": {}}
    assert ledger.roll.enter([entry(10)]) == {"10": {1: ("7", "8")}}
    assert ledger.roll.enter([entry(7, "5555")]) == {"7": {}}


def test_another_exam_another_template_and_no_number_are_no_match(ledger: Ledger):
    others = [entry(8, exam="final"), entry(9, template="b"), entry(10, None), entry(11, None)]
    assert all(mates == {} for mates in ledger.roll.enter([entry(7), *others]).values())


def test_without_an_exam_the_batch_stands_for_it(ledger: Ledger):
    for number in (7, 8, 9):
        ledger.inbox.accept(job(number), source="api")
    ledger.work.assign("first", ["job-7", "job-8"])
    ledger.work.assign("second", ["job-9"])
    sheets = [entry(number, exam=None) for number in (7, 8, 9)]
    assert ledger.roll.enter(sheets) == {"7": {1: ("8",)}, "8": {1: ("7",)}, "9": {}}
    assert ledger.roll.enter(sheets[:1]) == {"7": {1: ("8",)}}


def test_a_number_put_right_is_compared_anew(ledger: Ledger):
    ledger.roll.enter([entry(7), entry(8), entry(9, None)])
    numbers = {"7": {1: "1243"}, "9": {1: "1234"}, "unknown": {1: "1234"}}
    assert ledger.roll.renumber(numbers) == {"7": {}, "9": {1: ("8",)}, "unknown": {}}
    assert ledger.roll.renumber({"8": {1: None}}) == {"8": {}}


def test_every_page_of_a_file_is_compared_with_other_files(ledger: Ledger):
    class_scan = Entry("7", "job-7", "a", "midterm", {1: "1111", 2: "1234", 4: "1234"})
    assert ledger.roll.enter([class_scan, entry(8)]) == {"7": {2: ("8",), 4: ("8",)}, "8": {1: ("7",)}}
    assert ledger.roll.renumber({"7": {2: "2222"}}) == {"7": {4: ("8",)}}


def test_thousands_of_sheets_are_compared_at_once(ledger: Ledger):
    found = ledger.roll.enter([entry(number, str(number // 2)) for number in range(4000)])
    assert all(mates == {1: (str(int(number) ^ 1),)} for number, mates in found.items())


def test_a_result_of_before_reviews_existed_can_be_put_right(ledger: Ledger):
    old = json.loads(READ.model_dump_json(exclude={"scan_sha256", "warnings", "quality"}))
    for row in [*old["answers"], old["identifier"]]:
        for name in ("origin", "review", "resolution", "duplicates"):
            row.pop(name, None)
    graded(ledger, 7, read=old)
    assert ledger.reviews.accept(file(said("C", scan_sha256=None))).rows == 1
