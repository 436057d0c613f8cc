"""A problem is found by what it asks and offers, not by where it stood."""

from academy_pipelines.documents.problem import Problem
from academy_pipelines.documents.search_text import search_text


def test_the_body_and_the_choices_count_and_the_number_and_the_answer_do_not():
    problem = Problem(" 값은?\n", (" 1", "", "2 "), number="7", answer="2", explanation="계산하면 2")
    assert search_text(problem) == "값은?\n1\n2"


def test_a_problem_without_words_has_no_text():
    assert search_text(Problem("", ("", " "))) == ""
