from streams.gateway.idempotency import Answers


def test_requests_of_one_id_at_once_are_worked_on_once_and_all_hear_the_answer() -> None:
    answers: Answers[str, int] = Answers(10)
    assert [answers.begin("a", asker) for asker in range(4)] == [True, False, False, False]
    assert answers.settle("a", "taken", 0, is_lasting=False) == [0, 1, 2, 3]


def test_a_lasting_answer_is_kept() -> None:
    answers: Answers[str, int] = Answers(10)
    answers.begin("a", 1)
    answers.settle("a", "taken", 0, is_lasting=True)
    assert (answers.kept("a"), answers.kept("b")) == ("taken", None)


def test_after_another_answer_the_request_is_worked_on_anew() -> None:
    answers: Answers[str, int] = Answers(10)
    assert answers.begin("a", 1)
    assert answers.settle("a", "try again", 0, is_lasting=False) == [1]
    assert answers.kept("a") is None
    assert answers.begin("a", 2)
    assert answers.settle("a", "taken", 0, is_lasting=True) == [2]
