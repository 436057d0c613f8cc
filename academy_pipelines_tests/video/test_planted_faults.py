"""Every kind of fault, planted in a copy of a good package, is found and named; the good one has none."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hls_kit import Package, make_package, make_source
from planted import PLANTED, Planted

CASES = [pytest.param(planted, kind, id=f"{kind}-{planted.name}") for planted in PLANTED for kind in planted.kinds]


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> dict[str, Package]:
    folder = tmp_path_factory.mktemp("hls")
    source = make_source(folder / "source.mp4")
    return {kind: make_package(folder / kind, source, kind) for kind in ("fmp4", "ts")}


@pytest.mark.parametrize("kind", ["fmp4", "ts"])
def test_the_good_package_has_no_fault(good, kind):
    assert good[kind].faults() == []
    assert good[kind].faults(with_source=False) == []


@pytest.mark.parametrize(("planted", "kind"), CASES)
def test_a_planted_fault_is_found_and_named(good, tmp_path, planted: Planted, kind: str):
    spoilt = good[kind].copy_to(tmp_path / "package")
    planted.plant(spoilt)
    found = spoilt.faults()
    named = [fault for fault in found if fault.code == planted.code and fault.where.startswith(planted.where)]
    assert named, "\n".join(map(str, found)) or "nothing was found"
