"""What a paper itself says about a question's answer: `정답: ③`, `[정답] 2, 4`, `해설: ...`."""

import re
from dataclasses import dataclass
from typing import Literal

from academy_pipelines.documents.choice_runs import CIRCLE, choice_run, marker_value

_WORD = r"(?:정\s?답|모범\s?답안|예시\s?답안|답안|답|Answer|Ans)"
_EXPLAINS = r"(?:정답\s?해설|문제\s?해설|해\s?설|풀\s?이|Explanation|Solution)"
_OPEN, _CLOSE = r"[\[【\u3014<〈]\s?", r"\s?[\]】\u3015>〉]\s?:?"
_ALONE = r"(?<!\w)"
_LABEL = re.compile(
    r"(?:[▶▷※◎●■☞→*(]\s?)?(?:"
    rf"(?P<answer>{_OPEN}{_WORD}{_CLOSE}|\(정\s?답\)\s?:?|{_ALONE}(?:{_WORD}\s?:|정\s?답\s+(?={CIRCLE})))"
    rf"|(?P<explanation>{_OPEN}{_EXPLAINS}{_CLOSE}|\((?:해\s?설|풀\s?이)\)\s?:?|{_ALONE}{_EXPLAINS}\s?:))",
    re.IGNORECASE | re.MULTILINE,
)
"""A bracket, a colon or a circled number is needed: "답하시오" and "풀이 과정을 쓰시오" state nothing."""

_EMPTY = re.compile(r"[\s_.\-()\[\]]*")
_BRACKETED = re.compile(r"\(\s*([^()]+?)\s*\)")
_FIRST_CHOICE = re.compile(rf"{CIRCLE}|[(]?1[)]|[Aa가][.)]")
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
            rest.append(part.text.strip())
        elif part.kind == "explanation":
            explanations.append(part.text.strip())
        else:
            value, after = _value_and_rest(part.text)
            answers += [value] if value else []
            (rest if not value or _is_choices_of(after, rest) else trailing).append(after)
    joined = ["\n".join(filter(None, texts)) for texts in (rest, explanations, trailing)]
    return Statements(joined[0], tuple(answers), joined[1], joined[2])


def option_numbers(answer: str) -> tuple[int, ...]:
    """Return the numbers in an answer that consists of option numbers (③, 3번, C, "②, ④"), else nothing."""
    if not _OPTIONS.fullmatch(answer):
        return ()
    values = [marker_value(option) for option in re.findall(_OPTION, answer)]
    return tuple(dict.fromkeys(value for value in values if value))


def answer_of(answers: tuple[str, ...], choices: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return a problem's answer out of what is stated, and warnings; None when nothing certain is."""
    known = tuple(dict.fromkeys("".join(answer.split()) for answer in answers))
    if not known:
        return None, ("no_answer",)
    if len(known) > 1:
        return None, ("conflicting_answers", "no_answer")
    return _chosen(answers[0], choices) if choices else _written(answers[0])


def _written(answer: str) -> tuple[str, tuple[str, ...]]:
    """Return the answer to a question without choices; circles mean that there should be some."""
    numbers = option_numbers(answer) if _leading_option(answer) else ()
    return (",".join(map(str, numbers)), ("answer_without_choices",)) if numbers else (answer, ())


def _chosen(answer: str, choices: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the numbers of the stated choices, which may be stated by their text."""
    plain = "".join(answer.split())
    same = [number for number, choice in enumerate(choices, start=1) if choice and "".join(choice.split()) == plain]
    leading = _leading_option(answer)
    numbers = option_numbers(answer) or ((leading,) if leading else ())
    if numbers and max(numbers) <= len(choices):
        is_ambiguous = not leading and bool(same) and tuple(same) != numbers
        return ",".join(map(str, sorted(numbers))), ("ambiguous_answer",) if is_ambiguous else ()
    if len(same) == 1:
        return str(same[0]), ()
    return None, ("answer_is_no_choice", "no_answer")


def _leading_option(answer: str) -> int | None:
    """Return the number of the circle that an answer begins with, as in "③ 사과"."""
    match = re.match(CIRCLE, answer)
    return marker_value(match[0]) if match else None


def _parts(text: str) -> list[_Part]:
    labels = list(_LABEL.finditer(text))
    ends = [*(label.start() for label in labels), len(text)]
    parts = [_Part("question", text[: ends[0]])]
    for label, end in zip(labels, ends[1:], strict=True):
        parts.append(_Part("answer" if label["answer"] else "explanation", text[label.end() : end]))
    return parts


def _value_and_rest(text: str) -> tuple[str, str]:
    """Return the answer on a label's line and the text below, of which only a choice's number is taken."""
    value, _, after = text.partition("\n")
    below, _, further = after.partition("\n")
    if not value.strip() and option_numbers(below.strip()):
        value, after = below, further
    if _EMPTY.fullmatch(value):
        return "", after.strip()
    bare = _BRACKETED.fullmatch(value.strip())
    return (bare[1] if bare else value.strip())[:MOST_ANSWER_CHARS], after.strip()


def _is_choices_of(text: str, before: list[str]) -> bool:
    """Tell choices that are printed below their answer from an explanation that goes through them."""
    return _FIRST_CHOICE.match(text) is not None and not choice_run("\n".join(before))
