"""The two doors on a bad day: claims that stop early, ticks that die half way, runs that died."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import dagster as dg
import pytest

from academy_pipelines.defs import sensors
from academy_pipelines.defs.sensors import claim_jobs
from academy_pipelines.errors import ContractError, UnavailableError
from academy_pipelines.resources.academy_api import HttpAcademyApi
from academy_pipelines.resources.job_sources import ApiJobSource, Claim, JobSource
from academy_pipelines_tests.defs.conftest import Academy
from academy_pipelines_tests.defs.sources import DOWN, DownSource, ScriptedSource, job

MISUNDERSTOOD = ContractError("the back end answered 200 with 'text/html' where JSON is due: '<html>'")


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    return quick_academy


def claims(academy: Academy, source: JobSource, limit: int = 100, clock=lambda: 0.0) -> tuple[int, str | None]:
    return claim_jobs(academy.ledger, source, limit, clock)


def test_claiming_goes_on_until_the_source_is_empty(academy: Academy):
    assert claims(academy, ScriptedSource(job(1), job(2))) == (2, None)
    assert academy.ledger.counts() == {"claimed": 2}


def test_claiming_stops_at_its_limit(academy: Academy):
    assert claims(academy, ScriptedSource(job(1), job(2), job(3)), limit=2) == (2, None)


def test_claiming_stops_in_time_for_the_tick(academy: Academy):
    ticking = iter([0.0, 0.0, 19.0, 21.0])
    assert claims(academy, ScriptedSource(job(1), job(2), job(3)), clock=lambda: next(ticking)) == (2, None)


def test_a_message_that_is_no_job_is_stepped_over_and_told(academy: Academy):
    assert claims(academy, ScriptedSource(job(1), MISUNDERSTOOD, job(2))) == (2, str(MISUNDERSTOOD))


def test_after_five_messages_that_are_no_job_claiming_stops(academy: Academy):
    script = ScriptedSource(job(1), *[MISUNDERSTOOD] * 5, job(2))
    assert claims(academy, script) == (1, str(MISUNDERSTOOD))


def test_a_source_that_is_down_stops_claiming_and_is_told(academy: Academy):
    assert claims(academy, ScriptedSource(job(1), DOWN, job(2))) == (1, str(DOWN))


def test_every_claim_is_durable_before_the_next_is_made(academy: Academy):
    class Watching(ScriptedSource):
        def claim(self) -> Claim | None:
            seen.append(sum(academy.ledger.counts().values()))
            return super().claim()

    seen: list[int] = []
    claims(academy, Watching(job(1), job(2), job(3)))
    assert seen == [0, 1, 2, 3]


def test_claiming_that_stops_early_without_work_is_a_failed_tick(academy: Academy):
    academy.source = ScriptedSource(DOWN)
    with pytest.raises(dg.Failure, match=r"claiming stopped after 0 jobs.*503"):
        academy.tick("waiting_jobs")


def test_claiming_that_stops_early_still_asks_for_what_was_claimed(academy: Academy):
    academy.source = ScriptedSource(job(1), DOWN)
    (request,) = academy.tick("waiting_jobs").run_requests
    assert academy.ledger.work.members(request.run_key) == {"1"}


@pytest.fixture
def sick_back_end() -> Iterator[tuple[str, list[bytes]]]:
    """A back end whose claim call answers each body in turn, then that there is no job; the value is (URL, bodies)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.pop(0) if bodies else b'{"job": null}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests speak for themselves."""

    bodies: list[bytes] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def a_job(number: int) -> bytes:
    return json.dumps({"job": {"id": f"job-{number}", "type": "omr_grading", "source_id": number}}).encode()


@pytest.mark.parametrize("nonsense", [b"<html>502</html>", b"", b"[]", b'{"job": 7}', b"\xff\xfe", b'{"jobs": []}'])
def test_an_answer_that_is_no_job_is_a_failed_tick_and_costs_no_other_job(academy: Academy, sick_back_end, nonsense):
    url, bodies = sick_back_end
    with closing(HttpAcademyApi(url, "token")) as api:
        academy.source = ApiJobSource(api)
        bodies.extend([nonsense])
        with pytest.raises(dg.Failure, match="claiming stopped after 0 jobs"):
            academy.tick("waiting_jobs")
        bodies.extend([a_job(1), nonsense, a_job(2)])
        (request,) = academy.tick("waiting_jobs").run_requests
    assert academy.ledger.work.members(request.run_key) == {"1", "2"}


def test_a_tick_that_died_before_its_request_is_made_good_by_the_next(academy: Academy, monkeypatch):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    academy.offer(1)
    with monkeypatch.context() as patched:
        patched.setattr(sensors, "run_requests", die)
        with pytest.raises(KeyboardInterrupt):
            academy.tick("waiting_jobs")
    (batch_id,) = academy.ledger.work.unstarted_batches()
    (request,) = academy.tick("waiting_jobs").run_requests
    assert request.run_key == batch_id
    (again,) = academy.tick("waiting_jobs").run_requests
    assert again.run_key == batch_id
    assert academy.run(request).success
    assert isinstance(academy.tick("waiting_jobs"), dg.SkipReason)


def test_a_tick_that_died_before_its_batches_is_made_good_by_the_next(academy: Academy, monkeypatch):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    academy.offer(1)
    with monkeypatch.context() as patched:
        patched.setattr(sensors, "form_batches", die)
        with pytest.raises(KeyboardInterrupt):
            academy.tick("waiting_jobs")
    assert academy.ledger.work.unstarted_batches() == {}
    assert len(academy.tick("waiting_jobs").run_requests) == 1


def test_a_claim_that_died_on_its_way_to_the_ledger_is_taken_in_by_the_sweep(academy: Academy):
    academy.source = ScriptedSource(ours=(job(1), job(2, type="palm_reading")))
    academy.tick("unfinished_work")
    assert academy.ledger.inbox.state_of("job-1") == "claimed"
    academy.tick("unfinished_work")
    assert "palm_reading" in academy.api.results[2].error


def test_a_source_that_is_down_does_not_keep_the_sweep_from_delivering_and_is_told(academy: Academy):
    academy.source = DownSource(job(1, type="palm_reading"), job(2, type="palm_reading"))
    academy.tick("waiting_jobs")
    with pytest.raises(UnavailableError, match="503"):
        academy.tick("unfinished_work")
    assert {number: message.status for number, message in academy.api.results.items()} == {1: "failed", 2: "failed"}
    assert academy.ledger.counts() == {"delivered": 2}


def test_what_could_not_be_acknowledged_is_acknowledged_by_a_later_sweep(academy: Academy):
    claimed = job(1, type="palm_reading")
    academy.source = DownSource(claimed)
    academy.tick("waiting_jobs")
    with pytest.raises(UnavailableError):
        academy.tick("unfinished_work")
    academy.source = ScriptedSource(ours=(claimed,))
    academy.tick("unfinished_work")
    assert academy.source.acknowledged == ["job-1"]
    assert len(academy.api.posted) == 1
