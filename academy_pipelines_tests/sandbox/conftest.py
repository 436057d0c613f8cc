"""An open academy whose clock can be put forward."""

import time

import httpx
import pytest

from academy_pipelines.sandbox.options import DEFAULT_TOKEN
from academy_pipelines.sandbox.server import running_sandbox
from academy_pipelines.sandbox.store import SandboxStore

TOKEN = {"X-Worker-Token": DEFAULT_TOKEN}


class Clock:
    def __init__(self):
        self.ahead_s = 0.0

    def __call__(self):
        return time.time() + self.ahead_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def academy(tmp_path, clock):
    with SandboxStore(tmp_path / "state", clock) as store, running_sandbox(store) as running:
        yield running


@pytest.fixture
def client(academy):
    with httpx.Client(base_url=academy.base_url, headers=TOKEN) as opened:
        yield opened
