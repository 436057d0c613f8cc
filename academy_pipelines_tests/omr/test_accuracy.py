import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.omr.accuracy import SheetTruth, Verdict, judge_sheet, refused_sheet
from academy_pipelines.omr.rates import BLANK, FLAGGED, MULTI, OTHER_MULTI, confusion, reliability, tally, trade_off
from academy_pipelines.omr.readings import Answer, AnswerStatus, Identifier, IdentifierStatus, Marking, SheetReading

LABELS = st.sets(st.sampled_from("ABCDE"), max_size=3).map(lambda labels: tuple(sorted(labels)))


def answer(detected, status, number=1, confidence=0.9):
    marking = (Marking.BLANK, Marking.SINGLE, Marking.MULTI)[min(len(detected), 2)]
    return Answer(number, tuple(detected), marking, confidence, AnswerStatus(status))


def identifier(raw, status):
    return Identifier(raw if status == "ok" else None, raw, (), 0.9, IdentifierStatus(status))


def verdict(marked, detected, status):
    score = judge_sheet(SheetTruth("s", {1: tuple(marked)}), SheetReading((answer(detected, status),), None))
    return score.questions[0].verdict


@pytest.mark.parametrize(
    ("marked", "detected", "status", "expected"),
    [
        ("A", "A", "ok", Verdict.CORRECT),
        ("", "", "blank", Verdict.CORRECT),
        ("A", "B", "ok", Verdict.SILENT),
        ("A", "", "blank", Verdict.SILENT),
        ("", "C", "ok", Verdict.SILENT),
        ("AB", "A", "ok", Verdict.SILENT),
        ("A", "A", "low_confidence", Verdict.FLAGGED),
        ("A", "AB", "ambiguous", Verdict.FLAGGED),
        ("AB", "AB", "ambiguous", Verdict.CORRECT),
        ("AB", "BA", "low_confidence", Verdict.CORRECT),
        ("AB", "AC", "ambiguous", Verdict.FLAGGED),
        ("AB", "AB", "error", Verdict.FLAGGED),
    ],
)
def test_a_question_is_correct_flagged_or_silent(marked, detected, status, expected):
    assert verdict(marked, detected, status) is expected


def test_a_blank_status_overrules_what_was_detected():
    assert verdict("", "A", "blank") is Verdict.CORRECT


def test_a_question_that_was_not_read_goes_to_a_person():
    score = judge_sheet(SheetTruth("s", {7: ("A",)}), SheetReading((), None))
    assert score.questions[0].verdict is Verdict.FLAGGED


@pytest.mark.parametrize(
    ("written", "raw", "status", "expected"),
    [
        ("1234", "1234", "ok", Verdict.CORRECT),
        ("1234", "1235", "ok", Verdict.SILENT),
        ("1234", "12?4", "ambiguous", Verdict.FLAGGED),
        ("12?4", "12?4", "ambiguous", Verdict.CORRECT),
        ("12??", "12", "ambiguous", Verdict.CORRECT),
        ("????", "????", "blank", Verdict.CORRECT),
        ("????", "1???", "ok", Verdict.SILENT),
        ("1*34", "1?34", "ambiguous", Verdict.CORRECT),
        ("1*34", "1234", "ok", Verdict.SILENT),
    ],
)
def test_an_identifier_is_right_as_a_whole_or_not_at_all(written, raw, status, expected):
    score = judge_sheet(SheetTruth("s", {}, written), SheetReading((), identifier(raw, status)))
    assert score.identifier.verdict is expected


def test_an_identifier_that_was_not_read_is_flagged_and_one_without_a_label_is_not_judged():
    assert judge_sheet(SheetTruth("s", {}, "12"), SheetReading((), None)).identifier.verdict is Verdict.FLAGGED
    assert judge_sheet(SheetTruth("s", {}), SheetReading((), identifier("12", "ok"))).identifier is None


def test_everything_on_a_refused_sheet_is_flagged_even_a_double_marked_identifier():
    score = refused_sheet(SheetTruth("s", {1: ("A",), 2: ()}, "1*"), "no page")
    assert [question.verdict for question in score.questions] == [Verdict.FLAGGED, Verdict.FLAGGED]
    assert score.identifier.verdict is Verdict.FLAGGED
    sums = tally([score])
    assert (sums.refused, sums.flagged, sums.silent, sums.clean_sheets) == (1, 2, 0, 1)
    assert (sums.best_guess_share, sums.singles, sums.singles_accepted) == (0.0, 1, 0)


def test_the_best_guess_counts_whatever_the_status():
    truth = SheetTruth("s", {1: ("A",), 2: ("B",), 3: ("C",), 4: ()})
    read = (answer("A", "ok"), answer("BC", "ambiguous", 2), answer("D", "ok", 3), answer("", "blank", 4))
    sums = tally([judge_sheet(truth, SheetReading(read, None))])
    assert (sums.singles, sums.best_guesses_right) == (3, 2)
    assert (sums.correct, sums.flagged, sums.silent) == (2, 1, 1)


def test_doubtful_questions_are_counted_apart():
    truth = SheetTruth("s", {1: ("A",), 2: ("B",)}, doubtful=frozenset({2}))
    score = judge_sheet(truth, SheetReading((answer("A", "ok"), answer("C", "ok", 2)), None))
    sums = tally([score])
    assert (sums.questions, sums.correct_share, sums.silent) == (1, 1.0, 0)
    assert (sums.doubtful, sums.doubtful_silent) == (1, 1)
    assert confusion([score]).count("B", "C") == 0
    assert reliability([score]).answers == 1


def test_confusion_says_what_was_accepted():
    truth = SheetTruth("s", {1: ("A",), 2: (), 3: ("A", "B"), 4: ("A", "B"), 5: ("A", "B"), 6: ("C",)})
    read = (
        answer("B", "ok"),
        answer("A", "low_confidence", 2),
        answer("AB", "ambiguous", 3),
        answer("AC", "ok", 4),
        answer("B", "ok", 5),
        answer("C", "ok", 6),
    )
    found = confusion([judge_sheet(truth, SheetReading(read, None))])
    assert found.counts == {
        ("A", "B"): 1,
        (BLANK, FLAGGED): 1,
        (MULTI, MULTI): 1,
        (MULTI, OTHER_MULTI): 1,
        (MULTI, "B"): 1,
        ("C", "C"): 1,
    }
    assert found.marked == ("A", "B", "C", BLANK, MULTI)
    assert found.read == ("A", "B", "C", MULTI, OTHER_MULTI, FLAGGED)


def test_reliability_compares_confidence_with_what_was_read_as_marked():
    truth = SheetTruth("s", {1: ("A",), 2: ("A",), 3: ("A",), 4: ("A",)})
    read = (
        answer("A", "ok", 1, 0.95),
        answer("B", "ok", 2, 0.95),
        answer("B", "low_confidence", 3, 0.2),
        answer("", "error", 4, 0.0),
    )
    found = reliability([judge_sheet(truth, SheetReading(read, None))])
    assert found.answers == 3
    assert [(one.count, one.share_right) for one in found.curve] == [(1, 0.0), (2, 0.5)]
    assert found.ece == pytest.approx((0.2 + 2 * 0.45) / 3)
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 0.2**2) / 3)


def test_nothing_gives_zeroes():
    sums, found = tally([]), reliability([])
    assert (sums.correct_share, sums.identifier_right_share, found.answers, found.brier, found.ece) == (0, 0, 0, 0, 0)
    assert confusion([]).marked == ()


@given(st.lists(st.tuples(LABELS, LABELS, st.sampled_from(list(AnswerStatus))), max_size=12))
def test_every_question_gets_one_verdict_and_one_cell_of_the_confusion(rows):
    truth = SheetTruth("s", {n: marked for n, (marked, _, _) in enumerate(rows)})
    read = tuple(answer(detected, status, n) for n, (_, detected, status) in enumerate(rows))
    score = judge_sheet(truth, SheetReading(read, None))
    sums, found = tally([score]), confusion([score])
    assert sums.correct + sums.flagged + sums.silent == sums.questions == len(rows) == sum(found.counts.values())
    assert sums.silent == sum(n for (marked, seen), n in found.counts.items() if seen not in {marked, FLAGGED})
    assert sums.correct == sum(found.count(word, word) for word in found.marked)


@given(LABELS)
def test_a_perfect_reading_has_no_silent_error_and_no_flag(marked):
    assert verdict(marked, marked, "ok" if marked else "blank") is Verdict.CORRECT


def test_the_trade_off_counts_what_each_threshold_flags_and_lets_through():
    read = [
        answer("A", "ok", 1, 0.97),
        answer("B", "ok", 2, 0.91),
        answer("C", "low_confidence", 3, 0.7),
        answer("AB", "ambiguous", 4, 0.99),
        answer("AD", "ambiguous", 5, 0.99),
    ]
    truth = {1: ("A",), 2: ("A",), 3: ("C",), 4: ("A", "B"), 5: ("A",)}
    scores = [judge_sheet(SheetTruth("s", truth), SheetReading(tuple(read), None))]
    curve = trade_off(scores, (0.5, 0.9, 0.95, 1.0))
    assert [round(5 * one.flagged_share) for one in curve] == [1, 2, 3, 4]
    assert [round(5 * one.silent_share) for one in curve] == [1, 1, 0, 0]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("AB"), st.floats(0.5, 1)), min_size=1, max_size=30))
def test_at_the_threshold_of_the_reading_the_trade_off_says_what_the_tally_says(rows):
    read = [
        answer(detected, "ok" if confidence >= 0.8 else "low_confidence", number, confidence)
        for number, (_, detected, confidence) in enumerate(rows)
    ]
    truth = SheetTruth("s", {number: (marked,) for number, (marked, _, _) in enumerate(rows)})
    scores = [judge_sheet(truth, SheetReading(tuple(read), None)), refused_sheet(truth, "no sheet")]
    sums, (at,) = tally(scores), trade_off(scores, (0.8,))
    assert (at.flagged_share, at.silent_share) == pytest.approx((sums.flagged_share, sums.silent_share))
