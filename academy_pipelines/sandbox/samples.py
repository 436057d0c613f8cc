"""Sample jobs of the sandbox: files with the truth about them, listed in `samples.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue, ValidationError

from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.omr.objective import template_by_name, template_meta

LIST_NAME = "samples.json"

Truth = dict[str, Any]
"""`expect` ("done" or "failed"); for a graded sheet also `answers` {"1": ["B"], "2": [], ...} with every
question, and `identifier`, None where a digit is blank."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One job to offer.

    `payload` lacks `download_url`, which the sandbox adds for `file`, and may hold "{sandbox}"
    where the sandbox's own address belongs. `truth` is None where nothing is known.
    """

    name: str
    file: Path | None
    job_type: str
    payload: Mapping[str, Any]
    truth: Truth | None = None


class SampleEntry(BaseModel, frozen=True):
    """A sample as `samples.json` lists it; `template_meta` names one of our sheets whose meta is put in."""

    name: Annotated[str, Field(min_length=1)]
    file: str | None = None
    job_type: str
    template_meta: str | None = None
    payload: dict[str, JsonValue] = {}
    truth: Truth | None = None


class SampleList(BaseModel, frozen=True):
    """The whole of `samples.json`."""

    samples: list[SampleEntry]


def load_samples(folder: Path) -> list[Sample]:
    """Return the samples that `folder`/samples.json lists, in its order.

    Raises:
        MisconfiguredError: there is no such list, it cannot be read, or a file that it names is missing.
        InvalidTemplateError: it names a sheet that we do not have.
    """
    return [_sample(folder, entry) for entry in read_list(folder).samples]


def read_list(folder: Path) -> SampleList:
    """Return `folder`/samples.json as it is written.

    Raises:
        MisconfiguredError: it is missing, no JSON, or an entry lacks something.
    """
    path = folder / LIST_NAME
    try:
        return SampleList.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        message = f"there is no {path}; write the samples with `academy sheet --samples {folder}`"
        raise MisconfiguredError(message) from error
    except ValidationError as error:
        message = f"{path} is no list of samples: {summary(error)}"
        raise MisconfiguredError(message) from error
    except ValueError as error:
        message = f"{path} is no JSON ({error}); write it anew with `academy sheet --samples {folder}`"
        raise MisconfiguredError(message) from error


def _sample(folder: Path, entry: SampleEntry) -> Sample:
    file = folder / entry.file if entry.file else None
    if file is not None and not file.is_file():
        message = f"sample {entry.name!r} needs {file}, which is missing; take it out of {folder / LIST_NAME}"
        raise MisconfiguredError(message)
    payload: dict[str, Any] = dict(entry.payload)
    if entry.template_meta is not None:
        payload["template_meta"] = template_meta(template_by_name(entry.template_meta), entry.template_meta)
    return Sample(entry.name, file, entry.job_type, payload, entry.truth)
