"""The program: a file with a request in, a file with facts out."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Measure what is asked for; a line of standard output, from 0 to 1, says how much of it is done."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # what numpy does here is small
    from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest, facts_to_json  # noqa: PLC0415
    from academy_pipelines.resources.hls_measuring.package import measure_package  # noqa: PLC0415

    request, facts = Path(sys.argv[1]), Path(sys.argv[2])
    measured = measure_package(MeasuringRequest.from_json(request.read_bytes()), lambda done: print(done, flush=True))  # noqa: T201
    facts.write_bytes(facts_to_json(measured))


if __name__ == "__main__":
    main()
