"""The program: a request on standard input, facts on standard output."""

import resource
import sys

from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest, facts_to_json
from academy_pipelines.resources.hls_measuring.package import measure_package


def main() -> None:
    """Measure what is asked for, within the request's limits."""
    request = MeasuringRequest.from_json(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (request.memory_bytes, request.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (request.cpu_s, request.cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.buffer.write(facts_to_json(measure_package(request)))


if __name__ == "__main__":
    main()
