"""What a paper itself says about a question's answer: `정답: ③`, `[정답] 2, 4`, `해설: ...`."""

import re
from dataclasses import dataclass
from typing import Literal

from academy_pipelines.documents.choice_runs import CIRCLE, marker_value

_WORD = r"(?:정\s?답|모범\s?답안|예시\s?답안|답안|답|Answer|Ans)"
_EXPLAINS = r"(?:정답\s?해설|문제\s?해설|해\s?설|풀\s?이|Explanation|Solution)"
_OPEN, _CLOSE = r"[\[【\u3014<〈]\s?", r"\s?[\]】\u3015>〉]\s?:?"
_ALONE = r"(?:(?<=\s)|^)"
_LABEL = re.compile(
    rf"(?P<answer>{_OPEN}{_WORD}{_CLOSE}|\(정\s?답\)|{_ALONE}(?:{_WORD}\s?:|정\s?답\s+(?={CIRCLE})))"
    rf"|(?P<explanation>{_OPEN}{_EXPLAINS}{_CLOSE}|{_ALONE}{_EXPLAINS}\s?:)",
    re.IGNORECASE | re.MULTILINE,
)
"""A bracket, a colon or a circled number is needed: "답하시오" and "풀이 과정을 쓰시오" state nothing."""

_EMPTY = re.compile(r"[\s_.\-()\[\]]*")
_OPTION = (
    rf"(?:{CIRCLE}|(?<!\d)\d{{1,2}}(?!\d)|(?<![A-Za-z])[A-Ja-j](?![A-Za-z])|(?<![가-힣])[가나다라마바사](?![가-힣]))"
)
_OPTIONS = re.compile(rf"(?:\(?{_OPTION}\)?\s?번?\s*(?:(?:,|과|와|및|and)\s*)?)+\.?")

MOST_ANSWER_CHARS = 200


@dataclass(frozen=True, slots=True)
class Statements:
    """A question's text without what it states, and the statements; `trailing` came after an answer, unlabelled."""

    rest: str
    answers: tuple[str, ...] = ()
    explanation: str = ""
    trailing: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Literal["question", "answer", "explanation"]
    text: str


def stated_in(text: str) -> Statements:
    """Take apart a question's clean text."""
    answers, rest, explanations, trailing = list[str](), list[str](), list[str](), list[str]()
    for part in _parts(text):
        if part.kind == "question":
            rest.append(part.text)
        elif part.kind == "explanation":
            explanations.append(part.text)
        else:
            value, after = _first_line(part.text)
            answers += [value] if value else []
            (rest if not explanations and _holds_choices(after) else trailing).append(after)
    return Statements(
        "\n".join(filter(None, rest)),
        tuple(answers),
        "\n".join(filter(None, explanations)),
        "\n".join(filter(None, trailing)),
    )


def option_numbers(answer: str) -> tuple[int, ...]:
    """Return the numbers in an answer that consists of option numbers (③, 3번, C, "②, ④"), else nothing."""
    if not _OPTIONS.fullmatch(answer):
        return ()
    values = [marker_value(option) for option in re.findall(_OPTION, answer)]
    return tuple(dict.fromkeys(value for value in values if value))


def leading_option(answer: str) -> int | None:
    """Return the number of the circle that an answer begins with, as in "③ 사과"."""
    match = re.match(CIRCLE, answer)
    return marker_value(match[0]) if match else None


def _parts(text: str) -> list[_Part]:
    labels = list(_LABEL.finditer(text))
    ends = [*(label.start() for label in labels), len(text)][1:]
    parts = [_Part("question", text[: labels[0].start()].strip() if labels else text.strip())]
    for label, end in zip(labels, ends, strict=True):
        parts.append(_Part("answer" if label["answer"] else "explanation", text[label.end() : end].strip()))
    return parts


def _first_line(text: str) -> tuple[str, str]:
    value, _, after = text.partition("\n")
    value = value.strip()
    return ("" if _EMPTY.fullmatch(value) else value[:MOST_ANSWER_CHARS], after.strip())


def _holds_choices(text: str) -> bool:
    return re.match(rf"{CIRCLE}|[(]1[)]|1[)]|[Aa가][.)]", text) is not None
