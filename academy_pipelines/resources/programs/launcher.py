"""Becomes another program after limiting what it may use; started by its path, needs only the standard library.

    python -I -S launcher.py '{"cpu_s": 60, …}' PARENT_PID PROGRAM ARGUMENT…

Limits are set here, in a process of its own, because code between fork and exec may deadlock in a threaded parent.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127


def main() -> None:
    """Limit this process, then replace it."""
    limits: dict[str, int] = json.loads(sys.argv[1])
    parent, argv = int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(f"the process {parent} that wanted {argv[0]} has ended")
    for kind, most in (
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        capped = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (capped, capped))
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - the caller's own program, without a shell
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - read by the parent
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    main()
