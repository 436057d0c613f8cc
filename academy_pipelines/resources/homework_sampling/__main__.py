"""The program: a file with a request in, a file with an answer and a JPEG out."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Measure what is asked for."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # what numpy does here is small
    from academy_pipelines.errors import UnsupportedMediaError  # noqa: PLC0415
    from academy_pipelines.resources.homework_sampling.measuring import measure_homework  # noqa: PLC0415
    from academy_pipelines.resources.homework_sampling.messages import Answer, Refusal, request_of  # noqa: PLC0415

    asked, answered, sheet = (Path(argument) for argument in sys.argv[1:4])
    try:
        activity, jpeg = measure_homework(request_of(asked.read_bytes()))
    except UnsupportedMediaError as error:
        answered.write_bytes(Answer(None, Refusal(error.reason, error.english, error.korean)).to_json())
        return
    sheet.write_bytes(jpeg)
    answered.write_bytes(Answer(activity, None).to_json())


if __name__ == "__main__":
    main()
