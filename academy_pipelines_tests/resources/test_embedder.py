"""What every engine promises that embeds texts: by words, by a real model on this machine, by an endpoint over HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest

from academy_pipelines.documents.lexical import lexical_vectors
from academy_pipelines.errors import (
    EmptyDocumentError,
    EngineRefusedError,
    MalformedAnswerError,
    MisconfiguredError,
    UnavailableError,
)
from academy_pipelines.resources.embedder import openai_api
from academy_pipelines.resources.embedder.choosing import EmbedderOptions, choose_embedder
from academy_pipelines.resources.embedder.engine import Embedder
from academy_pipelines.resources.embedder.lexical import LexicalEmbedder
from academy_pipelines.resources.embedder.local import LocalEmbedder
from academy_pipelines.resources.embedder.openai_api import OpenAiEmbedder
from academy_pipelines.resources.openai_calls import OpenAiAccess
from academy_pipelines.sandbox.language_model.server import running_language_model

pytestmark = pytest.mark.xdist_group("embedders")  # the libraries take seconds to import

TEXTS = ["이차함수의 최솟값은?", "다음 글의 주제는?", "삼각형의 넓이를 구하시오"]
KEY = "sk-test-0123456789"
DIMENSION = 8
PATH = "/v1/embeddings"

Change = Callable[[list[dict]], object]


def train_tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special))
    return tokenizer


@pytest.fixture(scope="session")
def static_model(tmp_path_factory) -> Path:
    """A model that looks words up in a table."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    path = tmp_path_factory.mktemp("models") / "static"
    model = SentenceTransformer(modules=[StaticEmbedding(train_tokenizer(), embedding_dim=16)], device="cpu")
    model.save(str(path), create_model_card=False)
    return path


@pytest.fixture(scope="session")
def bert_model(tmp_path_factory) -> Path:
    """A transformer of one layer that reads 16 tokens."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("models")
    bare = folder / "bare"
    config = BertConfig(
        vocab_size=200, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(bare)
    BertTokenizerFast(tokenizer_object=train_tokenizer()).save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=16)
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "bert"), create_model_card=False)
    return folder / "bert"


def said(text: str) -> list[float]:
    """What the endpoint answers for a text: not of length 1, as other endpoints than OpenAI's do."""
    return (3 * lexical_vectors([text])[0][:DIMENSION] + 0.1).tolist()


def answer_with(loopback, change: Change = lambda data: data) -> str:
    """Let the loopback server speak the protocol; `change` spoils the list of vectors."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = json.loads(loopback.asked[-1].body)
        data = [
            {"object": "embedding", "index": index, "embedding": said(text)}
            for index, text in enumerate(asked["input"])
        ]
        body = {"object": "list", "model": asked["model"], "data": change(data), "usage": {"prompt_tokens": 1}}
        payload = json.dumps(body).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        handler.wfile.write(head.encode() + payload)

    loopback.answers[PATH] = answer
    return f"{loopback.base_url}/v1"


@pytest.fixture
def over_http() -> Iterator[Callable[..., OpenAiEmbedder]]:
    """Makes embedders of an endpoint, asked once a call, and closes them."""
    with ExitStack() as stack:

        def make(base_url: str, timeout_s: float = 5.0, model="tiny", dimensions=DIMENSION) -> OpenAiEmbedder:
            access = OpenAiAccess(KEY, base_url, timeout_s, max_retries=0)
            return stack.enter_context(closing(OpenAiEmbedder(access, model, dimensions)))

        yield make


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of a server that speaks the whole protocol and keeps its limits."""
    with running_language_model() as running:
        yield running.base_url


@pytest.fixture(params=["lexical", "static", "bert", "openai"])
def embedder(request) -> Iterator[Embedder]:
    if request.param == "lexical":
        made: Embedder = LexicalEmbedder()
    elif request.param == "openai":
        make = request.getfixturevalue("over_http")
        made = make(request.getfixturevalue("endpoint"), model="text-embedding-3-small", dimensions=None)
    else:
        made = LocalEmbedder(str(request.getfixturevalue(f"{request.param}_model")))
    yield made
    made.close()


def test_a_vector_of_length_one_for_each_text_in_order(embedder: Embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (3, embedder.space.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(embedder.embed([text])[0], vector, atol=1e-5)


def test_different_texts_have_different_vectors(embedder: Embedder):
    first, second, _ = embedder.embed(TEXTS)
    assert float(first @ second) < 0.999


def test_no_texts_have_no_vectors(embedder: Embedder):
    assert embedder.embed([]).shape == (0, embedder.space.dimension)


def test_more_texts_than_a_request_takes_are_embedded_in_order(endpoint: str, over_http):
    embedder = over_http(endpoint, model="text-embedding-3-small", dimensions=16)
    texts = [f"문제 {number}" for number in range(2100)]
    vectors = embedder.embed([*texts, *["긴 지문 " * 2000] * 4])
    assert vectors.shape == (2104, 16)
    np.testing.assert_allclose(vectors[2090], embedder.embed([texts[2090]])[0], atol=1e-6)


def test_a_text_too_long_for_the_model_is_refused(endpoint: str, over_http):
    embedder = over_http(endpoint, model="text-embedding-3-small")
    with pytest.raises(EngineRefusedError, match="maximum context length"):
        embedder.embed(["지문 " * 20_000])


@pytest.mark.parametrize("empty", ["", " \n\u3000"])
def test_an_empty_text_is_refused_by_its_place(embedder: Embedder, empty: str):
    with pytest.raises(EmptyDocumentError, match="text 2 of 3"):
        embedder.embed([TEXTS[0], empty, TEXTS[1]])


def test_the_space_says_what_made_the_vectors(embedder: Embedder):
    space = embedder.space
    assert space.normalised
    assert all([space.backend, space.model, space.revision])
    assert space == embedder.space


def test_texts_longer_than_the_model_reads_are_told(bert_model: Path, static_model: Path):
    texts = ["이차함수의 최솟값은?", "최솟값 " * 40]
    assert LocalEmbedder(str(bert_model)).cut_off(texts) == (1,)
    assert LocalEmbedder(str(static_model)).cut_off(texts) == ()


def test_a_changed_model_has_another_space(static_model: Path, tmp_path):
    import shutil

    copy = shutil.copytree(static_model, tmp_path / "copy")
    before = LocalEmbedder(str(copy)).space
    LocalEmbedder(str(static_model)).embed(TEXTS)  # a process keeps one model
    weights = next(copy.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-4] + np.float32(0.25).tobytes())
    (copy / "README.md").write_text("changed")
    after = LocalEmbedder(str(copy)).space
    assert (before.model, before.dimension) == (after.model, after.dimension)
    assert before.revision != after.revision


@pytest.mark.parametrize("name", ["no/such-model", "not a name", "/nowhere/model"])
def test_a_model_whose_files_are_not_here_is_refused_by_the_settings_name(name: str):
    with pytest.raises(MisconfiguredError, match=f"EMBEDDING_LOCAL_MODEL='{name}'"):
        LocalEmbedder(name).embed(TEXTS)


def test_a_model_that_may_be_fetched_is_unavailable_when_nobody_answers(monkeypatch, dead_url: str):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", dead_url)
    with pytest.raises(UnavailableError, match="no/such-model"):
        LocalEmbedder("no/such-model", local_files_only=False).embed(TEXTS)


def test_a_model_that_nobody_offers_is_refused_by_the_settings_name(monkeypatch, loopback):
    import huggingface_hub.constants

    path = "/api/models/no/such-model/revision/main"
    head = b"HTTP/1.1 404 Not Found\r\nX-Error-Code: RepoNotFound\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    loopback.serve_raw(path, head, hangs_up=True)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", loopback.base_url)
    with pytest.raises(MisconfiguredError, match="EMBEDDING_LOCAL_MODEL='no/such-model'"):
        LocalEmbedder("no/such-model", local_files_only=False).embed(TEXTS)
    assert path in [asked.path for asked in loopback.asked]


def test_a_damaged_model_is_refused(static_model: Path, tmp_path):
    import shutil

    copy = shutil.copytree(static_model, tmp_path / "damaged")
    next(copy.rglob("*.safetensors")).write_bytes(b"cut off")
    with pytest.raises(MisconfiguredError, match="cannot be loaded"):
        LocalEmbedder(str(copy)).embed(TEXTS)


def test_texts_go_out_in_requests_within_the_limits_and_come_back_in_order(loopback, monkeypatch, over_http):
    monkeypatch.setattr(openai_api, "MOST_TEXTS", 3)
    monkeypatch.setattr(openai_api, "MOST_TOKENS", 100)
    texts = [f"글 {number}" for number in range(5)] + ["긴 글 " * 12, "끝"]
    embedder = over_http(answer_with(loopback))
    vectors = embedder.embed(texts)
    asked = [json.loads(request.body) for request in loopback.asked]
    assert [len(each["input"]) for each in asked] == [3, 2, 2]
    assert {(each["model"], each["dimensions"], each["encoding_format"]) for each in asked} == {("tiny", 8, "float")}
    assert f"Bearer {KEY}" in loopback.asked[0].headers.values()
    np.testing.assert_allclose(vectors[-1], embedder.embed(["끝"])[0], atol=1e-6)


def test_vectors_are_put_in_order_by_their_index(loopback, over_http):
    embedder = over_http(answer_with(loopback))
    in_order = embedder.embed(TEXTS)
    answer_with(loopback, lambda data: data[::-1])
    np.testing.assert_array_equal(embedder.embed(TEXTS), in_order)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "2 vectors for 3 texts"),
        (lambda data: [*data[:-1], data[0]], "3 vectors for 3 texts"),
        (lambda data: [{**each, "embedding": each["embedding"][:7]} for each in data], "expected dimension 8"),
        (lambda data: [*data[:-1], {**data[-1], "embedding": [1.0]}], "several dimensions"),
        (lambda data: [{**each, "embedding": [0.0] * 8} for each in data], "without a direction"),
        (lambda data: [{**each, "embedding": [1e300] * 8} for each in data], "without a direction"),
        (lambda data: [{**each, "embedding": "AAAA"} for each in data], "no list of vectors"),
        (lambda _: None, "no list of vectors"),
    ],
)
def test_an_answer_that_is_not_the_vectors_asked_for_is_nonsense(loopback, change: Change, message: str, over_http):
    embedder = over_http(answer_with(loopback, change))
    with pytest.raises(MalformedAnswerError, match=message):
        embedder.embed(TEXTS)


def test_a_web_page_instead_of_an_answer_is_nonsense(loopback, over_http):
    loopback.serve(PATH, b"<html>sign in</html>", Content_Type="text/html")
    embedder = over_http(f"{loopback.base_url}/v1")
    with pytest.raises(MalformedAnswerError, match="<html>sign in"):
        embedder.embed(TEXTS)


@pytest.mark.parametrize(
    ("status", "code", "meaning", "message"),
    [
        (429, "rate_limit_exceeded", UnavailableError, "429"),
        (429, "insufficient_quota", EngineRefusedError, "no credit left"),
        (401, "invalid_api_key", MisconfiguredError, "OPENAI_API_KEY"),
        (403, "forbidden", MisconfiguredError, "OPENAI_API_KEY"),
        (404, "model_not_found", EngineRefusedError, "'tiny' does not exist there.*EMBEDDING_OPENAI_MODEL"),
        (400, "context_length_exceeded", EngineRefusedError, "too long for tiny"),
        (408, None, UnavailableError, "408"),
        (409, None, UnavailableError, "409"),
        (500, None, UnavailableError, "500"),
        (503, None, UnavailableError, "503"),
    ],
)
def test_every_refusal_has_its_meaning_is_asked_once_and_hides_the_key(
    loopback, status, code, meaning, message, over_http
):
    body = {"error": {"message": f"not now, {KEY}", "type": code, "code": code}}
    loopback.serve(PATH, json.dumps(body).encode(), status, Content_Type="application/json")
    embedder = over_http(f"{loopback.base_url}/v1")
    with pytest.raises(meaning, match=message) as refused:
        embedder.embed(TEXTS)
    assert KEY not in f"{refused.value!r} {refused.value.__cause__!r} {embedder!r}"
    assert len(loopback.asked) == 1


def test_an_endpoint_that_is_dead_or_silent_is_unavailable(loopback, dead_url: str, over_http):
    loopback.serve_raw(PATH, 0.6)
    for base_url in (f"{loopback.base_url}/v1", dead_url):
        embedder = over_http(base_url, timeout_s=0.2)
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1"):
            embedder.embed(TEXTS)


def test_dimensions_of_openai_are_known_and_others_must_be_named():
    access = OpenAiAccess(KEY)
    assert OpenAiEmbedder(access).space.dimension == 1536
    assert OpenAiEmbedder(access, "text-embedding-3-large", 256).space.dimension == 256
    with pytest.raises(MisconfiguredError, match="ACADEMY_EMBEDDING_DIMENSIONS"):
        OpenAiEmbedder(access, "another")


def test_the_same_name_at_another_endpoint_is_another_space():
    elsewhere = OpenAiAccess(KEY, "http://127.0.0.1:9/v1")
    assert OpenAiEmbedder(OpenAiAccess(KEY)).space != OpenAiEmbedder(elsewhere).space


def test_auto_takes_the_model_that_is_here_then_the_key_then_words(static_model: Path):
    here = choose_embedder("auto", EmbedderOptions(str(static_model), openai=OpenAiAccess(KEY)))
    keyed = choose_embedder("auto", EmbedderOptions("/nowhere", openai=OpenAiAccess(KEY)))
    bare = choose_embedder("auto", EmbedderOptions("/nowhere"))
    chosen = (here, keyed, bare)
    assert [each.embedder.space.backend for each in chosen] == ["local", "openai", "lexical"]
    assert "on this machine" in here.reason
    assert "OPENAI_API_KEY is set" in keyed.reason
    assert "not the same meaning" in bare.reason
    assert KEY not in repr(EmbedderOptions(openai=OpenAiAccess(KEY)))


@pytest.mark.parametrize("backend", ["local", "openai"])
def test_an_engine_that_is_named_is_never_replaced_by_another(backend):
    with pytest.raises(MisconfiguredError):
        choose_embedder(backend, EmbedderOptions("/nowhere")).embedder.embed(TEXTS)
