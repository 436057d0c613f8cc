"""From a doubtful sheet to the academy's page with a person's answers, through real processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines_tests.conftest import wait_until
from academy_pipelines_tests.review.answering import answered
from academy_pipelines_tests.sheets import IDENTIFIER, doubtful_scan, meta

REPOSITORY = Path(__file__).parents[2]


def academy(stack: LocalStack, *arguments: str) -> str:
    """What a person types in the deployment's folder."""
    command = [str(Path(sys.executable).parent / "academy"), *arguments]
    environment = os.environ | {"API_BASE_URL": stack.api_url}
    done = subprocess.run(command, cwd=stack.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(400)
def test_what_a_person_says_on_the_academys_page_comes_back_to_it(tmp_path, databases):
    with LocalStack(tmp_path / "stack", REPOSITORY / "dagster.yaml", databases=databases) as stack:
        with SandboxStore(stack.sandbox_state) as store:
            file = store.files.keep(doubtful_scan(7), "doubtful.jpg")
            job = store.jobs.offer(NewJob("omr_grading", {"template_meta": meta(), "mode": "scan"}, file))
        stack.start_sandbox()
        stack.start_daemon()
        stack.wait_until_open("sandbox", f"{stack.api_url}/healthz")
        assert [job["state"] for job in stack.wait_until_settled(200)] == ["done"]
        address = f"{stack.api_url}/jobs/{job.id}"
        assert f'href="/jobs/{job.id}/review.html"' in httpx.get(address, trust_env=False).text

        page = tmp_path / "review.html"
        page.write_text(httpx.get(f"{address}/review.html", trust_env=False).text)
        sheet = str(job.source_id)
        said = answered(page, {(sheet, 1, "identifier"): [IDENTIFIER], (sheet, 1, 3): ["C"], (sheet, 1, 8): []})
        assert academy(stack, "review", "apply", str(said)) == "3 rows of 1 sheets are put right\n"

        wait_until(lambda: stack.jobs()[0]["results"] == 2, 120, "the reviewed result")
        shown = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", httpx.get(address, trust_env=False).text))
        assert "3 rows put right by a person" in shown
        assert "put right by kim" in shown
        assert "Review 3 rows" not in shown
        told = academy(stack, "review", "make", "-o", str(page))
        assert told.startswith("0 rows of 0 sheets wait for a person")
        assert academy(stack, "review", "apply", str(said)).endswith("3 were known\n")
