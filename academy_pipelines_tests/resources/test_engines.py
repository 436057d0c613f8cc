"""Which engine is asked, by what the deployment says and has."""

from dataclasses import replace

import pytest

from academy_pipelines.documents.space import Space
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.embedder.choosing import EmbedderOptions
from academy_pipelines.resources.engines import (
    EngineOptions,
    FinderOptions,
    OcrOptions,
    WriterOptions,
    lazy_engines,
    openai_access,
)
from academy_pipelines.resources.ocr.choice import AutoOcr
from academy_pipelines.resources.ocr.google import GoogleVisionEngine
from academy_pipelines.resources.ocr.tesseract import TesseractEngine
from academy_pipelines.resources.problem_writer.rules import RuleWriter
from academy_pipelines.resources.vector_index.index import VectorRow
from academy_pipelines.resources.vector_index.opening import open_vector_index
from academy_pipelines.sandbox.language_model.server import ModelOptions, running_language_model

PAPER = "1. 다음 중 소수인 것은? [3점]\n① 9 ② 15 ③ 23\n정답: ③"


@pytest.fixture
def options(tmp_path) -> EngineOptions:
    bare = EmbedderOptions(local_model=str(tmp_path / "no model"))
    return EngineOptions(bare, vectors_url=f"sqlite:///{tmp_path}/vectors.db")


def test_a_machine_with_neither_key_nor_model_has_engines_of_its_own(options: EngineOptions):
    engines = lazy_engines(options)
    assert isinstance(engines.ocr(None), AutoOcr)
    assert engines.finder().name == "anchors"
    assert isinstance(engines.writer(), RuleWriter)
    assert engines.embedder().space.backend == "lexical"
    assert engines.batches() is None
    engines.close()


@pytest.mark.parametrize(("wanted", "kind"), [("tesseract", TesseractEngine), ("google", GoogleVisionEngine)])
def test_a_job_gets_the_reader_that_it_names(options: EngineOptions, wanted: str, kind: type):
    engines = lazy_engines(replace(options, ocr=OcrOptions("auto")))
    assert isinstance(engines.ocr(wanted), kind)
    assert engines.ocr(wanted) is engines.ocr(wanted)


def test_a_language_model_writes_and_embeds_where_there_is_an_address(options: EngineOptions):
    with running_language_model(ModelOptions(models=("gpt-4.1-mini", "text-embedding-3-small"))) as model:
        access = openai_access(None, model.base_url)
        embedding = replace(options.embedding, openai=access)
        engines = lazy_engines(replace(options, embedding=embedding, writer=WriterOptions(base_url=model.base_url)))
        written = engines.writer().write(PAPER)
        assert (written.writer, written.problem.answer) == ("openai", "3")
        assert engines.embedder().space.backend == "openai"
        engines.close()


def test_rules_write_where_they_are_named_although_there_is_a_model(options: EngineOptions):
    writer = WriterOptions("rules", base_url="http://127.0.0.1:9/v1", in_batches=True)
    engines = lazy_engines(replace(options, writer=writer))
    assert isinstance(engines.writer(), RuleWriter)
    assert engines.batches() is None


def test_what_an_engine_lacks_is_named_when_it_is_asked(options: EngineOptions):
    engines = lazy_engines(replace(options, writer=WriterOptions("openai"), finder=FinderOptions("yolo")))
    with pytest.raises(MisconfiguredError, match="OPENAI_API_KEY"):
        engines.writer()
    with pytest.raises(MisconfiguredError, match="YOLO_QUESTION_MODEL_PATH"):
        engines.finder()


def test_an_engine_chosen_by_itself_starts_no_second_bank(options: EngineOptions):
    other = Space("openai", "text-embedding-3-small", "r", 2)
    index = open_vector_index(options.vectors_url)
    index.put(other, [VectorRow("1:1", "가", _unit(2))])
    index.close()
    with pytest.raises(MisconfiguredError, match="EMBEDDING_BACKEND=openai"):
        lazy_engines(options).embedder()
    assert lazy_engines(replace(options, backend="lexical")).embedder().space.backend == "lexical"


def _unit(dimension: int):
    import numpy as np

    return np.eye(1, dimension, dtype=np.float32)[0]
