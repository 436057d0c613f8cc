"""The sandbox's language model speaks the protocol of the real one, also where it refuses."""

import json
import math

import httpx
import openai  # noqa: TID253 - the client that everybody has; no code location loads tests
import pytest

from academy_pipelines.sandbox.language_model.script import BATCHES, EMBEDDINGS, FILES, ModelOptions, Reply
from academy_pipelines.sandbox.language_model.server import running_language_model

MODEL = "gpt-4.1-mini"
SMALL = "text-embedding-3-small"
QUESTION = "<ocr-ab12>\n1. 옳은 것은?\n① 가 ② 나 ③ 다\n정답: ③\n</ocr-ab12>"


@pytest.fixture(scope="module")
def running():
    with running_language_model(ModelOptions(api_key="sk-right")) as model:
        yield model


@pytest.fixture
def model(running):
    running.script.clear()
    return running


@pytest.fixture
def client(model):
    with openai.OpenAI(api_key="sk-right", base_url=model.base_url, max_retries=0, timeout=60) as made:
        yield made


def ask(client: openai.OpenAI, content: str = QUESTION, **more: object):
    return client.chat.completions.create(
        **{"model": MODEL, "messages": [{"role": "user", "content": content}], **more}
    )


def test_a_question_is_answered_by_the_rules(client):
    done = ask(client)
    answer = json.loads(done.choices[0].message.content)
    assert (answer["body"], answer["choices"], answer["answer"]) == ("옳은 것은?", ["가", "나", "다"], "3")
    assert (done.choices[0].finish_reason, done.model) == ("stop", MODEL)
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens > 0


def test_an_answer_longer_than_its_ceiling_is_cut(client):
    assert ask(client, max_completion_tokens=5).choices[0].finish_reason == "length"


LOOSE = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a", "b"]}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": "gpt-none"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
        ({"model": "gpt-6-luna", "temperature": 0.2}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "가" * 200_000}]}, openai.BadRequestError),
        *(
            (
                {
                    "response_format": {
                        "type": "json_schema",
                        "json_schema": {"name": "x", "strict": True, "schema": schema},
                    }
                },
                kind,
            )
            for kind in [openai.BadRequestError]
            for schema in (
                LOOSE,
                {**LOOSE, "additionalProperties": False, "required": ["a"]},
                {"type": "array", "items": LOOSE},
                {**LOOSE, "additionalProperties": False, "default": {}},
            )
        ),
    ],
)
def test_what_the_provider_refuses_is_refused(client, change: dict, error: type[Exception]):
    with pytest.raises(error):
        ask(client, **change)


def test_a_wrong_key_is_refused_everywhere(model):
    with openai.OpenAI(api_key="sk-wrong", base_url=model.base_url, max_retries=0) as stranger:
        for call in (lambda: ask(stranger), stranger.models.list, lambda: stranger.batches.retrieve("x")):
            with pytest.raises(openai.AuthenticationError):
                call()


def test_models_tell_when_they_end(client):
    assert {model.id: model.shutdown_date for model in client.models.list()}[MODEL] == "2027-01-14"
    assert client.models.retrieve("gpt-6-luna").shutdown_date is None
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-none")


def test_replies_come_in_turn_and_by_path(model, client):
    model.script.add(Reply(content="first"), Reply(refusal="no"))
    model.script.add(Reply(500), path=EMBEDDINGS)
    said = [ask(client).choices[0].message for _ in range(2)]
    assert (said[0].content, said[1].content, said[1].refusal) == ("first", None, "no")
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model=SMALL, input="가")
    assert client.embeddings.create(model=SMALL, input="가").data[0].index == 0
    assert len(model.script.asked()) == 2


def test_the_script_is_there_for_other_processes(model, client):
    address = f"{model.base_url.removesuffix('/v1')}/api/sandbox/language-model"
    added = httpx.post(address, json={"replies": [{"status": 429, "headers": {"Retry-After": "7"}}]})
    assert added.json() == {"added": 1}
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client)
    assert caught.value.response.headers["retry-after"] == "7"
    assert QUESTION in json.loads(httpx.get(address).json()["calls"][0]["body"])["messages"][0]["content"]
    assert httpx.delete(address).status_code == 204
    assert httpx.get(address).json() == {"calls": []}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"replies": [{"mood": "bad"}]}', b'{"replies": [3]}', b'{"replies": [{"status": "bad"}]}'],
)
def test_a_script_that_is_none_is_refused(model, body: bytes):
    address = f"{model.base_url.removesuffix('/v1')}/api/sandbox/language-model"
    assert httpx.post(address, content=body).status_code == 400


@pytest.mark.parametrize("encoding", [{}, {"encoding_format": "float"}], ids=["base64", "float"])
def test_vectors_have_length_one_and_keep_their_order(client, encoding: dict):
    texts = ["사과를 샀다", "사과를 팔았다", "피타고라스 정리"]
    made = client.embeddings.create(model=SMALL, input=texts, **encoding)
    first, second, third = (item.embedding for item in made.data)
    assert [len(first), math.dist(first, [0] * 1536)] == [1536, pytest.approx(1, abs=1e-5)]
    assert math.dist(first, second) < math.dist(first, third)
    alone = client.embeddings.create(model=SMALL, input=texts[2], encoding_format="float").data[0].embedding
    assert third == pytest.approx(alone, abs=1e-6)


def test_vectors_come_in_the_dimension_asked_for(client):
    assert len(client.embeddings.create(model=SMALL, input="가", dimensions=256).data[0].embedding) == 256
    assert len(client.embeddings.create(model="text-embedding-3-large", input="가").data[0].embedding) == 3072


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["가", ""], ["가"] * 2049, ["가" * 8193], ["가" * 8000] * 38],
    ids=["0", "empty", "one", "many", "long", "all"],
)
def test_the_limits_of_embeddings_are_kept(client, texts: list[str]):
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model=SMALL, input=texts)


def line(custom_id: str, model: str = MODEL, url: str = "/v1/chat/completions") -> str:
    body = {"model": model, "messages": [{"role": "user", "content": QUESTION}], "input": "가"}
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": url, "body": body})


def submitted(client: openai.OpenAI, *lines: str, endpoint: str = "/v1/chat/completions"):
    kept = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    return client.batches.create(completion_window="24h", endpoint=endpoint, input_file_id=kept.id)


def test_a_batch_is_done_after_a_while(client):
    batch = submitted(client, *(line(f"r{number}") for number in range(9)), line("bad", model="gpt-none"))
    assert [client.batches.retrieve(batch.id).status for _ in range(2)] == ["in_progress", "completed"]
    done = client.batches.retrieve(batch.id)
    names = [json.loads(row)["custom_id"] for row in client.files.content(done.output_file_id).text.splitlines()]
    errors = [json.loads(row) for row in client.files.content(done.error_file_id).text.splitlines()]
    assert sorted(names) == [f"r{number}" for number in range(9)]
    assert (errors[0]["custom_id"], errors[0]["response"]["status_code"]) == ("bad", 404)
    assert (done.request_counts.completed, done.request_counts.failed) == (9, 1)


def test_a_batch_may_be_of_embeddings(client):
    batch = submitted(client, line("v", SMALL, EMBEDDINGS), endpoint=EMBEDDINGS)
    client.batches.retrieve(batch.id)
    output = client.files.content(client.batches.retrieve(batch.id).output_file_id).text
    assert len(json.loads(output)["response"]["body"]["data"]) == 1


@pytest.mark.parametrize(
    "lines", [[line("a"), line("a")], [line("a", url=EMBEDDINGS)], [" "]], ids=["twice", "elsewhere", "none"]
)
def test_a_batch_that_breaks_the_rules_fails(client, lines: list[str]):
    batch = submitted(client, *lines)
    client.batches.retrieve(batch.id)
    failed = client.batches.retrieve(batch.id)
    assert (failed.status, failed.errors.data[0].code) == ("failed", "invalid_batch")


def test_what_is_not_there_is_not_found(client):
    kept = client.files.create(file=("in.jsonl", b"{}"), purpose="batch")
    assert client.files.retrieve(kept.id).bytes == 2
    assert client.files.delete(kept.id).deleted
    missing = [
        lambda: client.files.retrieve(kept.id),
        lambda: client.files.content(kept.id),
        lambda: client.files.delete(kept.id),
        lambda: client.batches.retrieve("batch_x"),
        lambda: client.batches.cancel("batch_x"),
        lambda: client.batches.create(completion_window="24h", endpoint="/v1/embeddings", input_file_id=kept.id),
    ]
    for call in missing:
        with pytest.raises(openai.NotFoundError):
            call()


def test_a_batch_can_be_cancelled(client):
    assert client.batches.cancel(submitted(client, line("a")).id).status == "cancelled"


def test_bodies_that_are_no_json_are_refused(model):
    for path in ("/chat/completions", "/embeddings", "/batches"):
        answer = httpx.post(model.base_url + path, content=b"{", headers={"Authorization": "Bearer sk-right"})
        assert answer.status_code == 400
    assert {call.path for path in (BATCHES, FILES) for call in model.script.asked(path)} == {BATCHES}
