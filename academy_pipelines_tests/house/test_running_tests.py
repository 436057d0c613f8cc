"""The tests' own frame keeps what it promises."""

import os

import pytest


@pytest.mark.xdist_group("house")
def test_tests_of_a_group_share_a_worker(request):
    is_shared_out = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@house") == is_shared_out
