"""Every kind of fault, planted in a copy of a good package, is found and named; the good one has none."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from planted import PLANTED, Planted

CASES = [pytest.param(planted, kind, id=f"{kind}-{planted.name}") for planted in PLANTED for kind in planted.kinds]


@pytest.mark.parametrize("kind", ["fmp4", "ts"])
def test_the_good_package_has_no_fault(good_packages, kind):
    assert good_packages[kind].faults() == []
    assert good_packages[kind].faults(with_source=False) == []


@pytest.mark.parametrize(("planted", "kind"), CASES)
def test_a_planted_fault_is_found_and_named(good_packages, tmp_path, planted: Planted, kind: str):
    spoilt = good_packages[kind].copy_to(tmp_path / "package")
    planted.plant(spoilt)
    found = spoilt.faults()
    named = [fault for fault in found if fault.code == planted.code and fault.where.startswith(planted.where)]
    assert named, "\n".join(map(str, found)) or "nothing was found"
