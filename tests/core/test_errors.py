"""How errors read."""

import pickle

from core.errors import InputError, MailsteadError, Problem


def test_a_problem_reads_like_a_compilers_so_that_editors_jump_to_it() -> None:
    assert str(Problem("mail_list.yml", 3, "user Bob …; write bob")) == "mail_list.yml:3: user Bob …; write bob"
    assert str(Problem("mail_list.yml", None, "is empty")) == "mail_list.yml: is empty"


def test_an_input_error_lists_all_problems_in_the_order_of_file_and_line() -> None:
    error = InputError([Problem("b", 10, "x"), Problem("b", 2, "y"), Problem("a", 5, "z"), Problem("b", None, "w")])

    assert str(error).splitlines() == ["a:5: z", "b: w", "b:2: y", "b:10: x"]
    assert [problem.line for problem in error.problems] == [5, None, 2, 10]


def test_an_input_error_crosses_processes_whole() -> None:
    error = InputError([Problem("a", 5, "z")])

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 — our own bytes

    assert again.problems == error.problems
    assert isinstance(again, MailsteadError)
