"""What several tests of videos need, made once a session."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hls_kit import Package, make_package, make_source


@pytest.fixture(scope="session")
def good_packages(tmp_path_factory) -> dict[str, Package]:
    """A good HLS package of each segment type."""
    folder = tmp_path_factory.mktemp("hls")
    source = make_source(folder / "source.mp4")
    return {kind: make_package(folder / kind, source, kind) for kind in ("fmp4", "ts")}
