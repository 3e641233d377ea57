"""What counts as caught, and which mutants are drawn."""

from stepmill.check.finding import Finding
from tests.check.mutants.mutation import Mutant, drop, put
from tests.check.mutants.subject import Own
from tests.check.mutants.verdict import Tally, judge, least_of, sample

OWN, OTHER = Own("one.py", "One"), Own("two.py", "Two")
OF_OTHER = (OTHER, Mutant("often", ("a", "b"), "x", drop))
MUTANTS = [
    *((OWN, Mutant("often", ("a", index), "x", put(index))) for index in range(30)),
    *((OWN, Mutant("seldom", ("b", index), "x", drop)) for index in range(2)),
]


def test_excused_mutants_do_not_count_and_survivors_do() -> None:
    said = {0: [Finding("next-unknown", "failure", "/a/0", "")]}

    verdict = judge(
        [*MUTANTS[:4], OF_OTHER],
        lambda _, mutant: said.get(mutant.place[1], []) if isinstance(mutant.place[1], int) else [],
        lambda _, mutant: "as good" if mutant.place[1] == 1 else "",
        lambda own, mutant: f"nobody knows {own.source}" if mutant.place[1] != 3 else "",
    )

    assert str(verdict).splitlines() == [
        "1 caught (0 by a warning), 3 survived: 25.0%; 1 more are correct as well",
        "One: 1 caught (0 by a warning), 2 survived: 33.3%; 1 more are correct as well",
        "Two: 0 caught (0 by a warning), 1 survived: 0.0%; 0 more are correct as well",
        "SURVIVED One: often: a/2: x: nobody knows one.py",
        "SURVIVED One: often: a/3: x: nobody knows why",
        "SURVIVED Two: often: a/b: x: nobody knows two.py",
        "CORRECT One: often: a/1: x: as good",
    ]


def test_survivors_without_a_reason_and_too_many_survivors_are_named() -> None:
    verdict = judge(MUTANTS[:1], lambda *_: [], lambda *_: "", lambda *_: "")

    assert verdict.unexplained == ["One: often: a/0: x"]
    assert verdict.low[0] == (
        "together: 0 caught (0 by a warning), 1 survived: 0.0%; 0 more are correct as well"
    )


def test_a_sample_may_by_chance_have_a_few_survivors_more() -> None:
    tally = Tally(caught=95, survived=5)

    assert least_of(tally, is_all=True) == 0.97 > tally.share
    assert 0.93 < least_of(tally, is_all=False) < tally.share


def test_it_is_told_how_many_are_caught_by_a_warning_alone() -> None:
    found = {
        "failure": [Finding("one", "warning", "/a", ""), Finding("two", "failure", "/a", "")],
        "warning": [Finding("one", "warning", "/a", "")],
    }
    mutants = [(OWN, Mutant("sync dropped", ("a",), severity, drop)) for severity in found]

    verdict = judge(mutants, lambda _, mutant: found[mutant.note], lambda *_: "", lambda *_: "unknown")

    assert str(verdict.total) == "2 caught (1 by a warning), 0 survived: 100.0%; 0 more are correct as well"
    assert (verdict.low, verdict.unexplained) == ([], [])


def test_a_sample_has_every_kind_of_every_machine_and_is_the_same_whatever_the_order() -> None:
    drawn = sample([*MUTANTS, OF_OTHER], 10, is_all=False)

    assert [(own.name, mutant.kind) for own, mutant in drawn] == [
        *[("One", "often")] * 9,
        ("One", "seldom"),
        ("Two", "often"),
    ]
    assert drawn == sample([*MUTANTS[:30][::-1], *MUTANTS[30:], OF_OTHER], 10, is_all=False)


def test_a_mutant_leaves_the_original_as_it_was() -> None:
    document = {"a": [{"b": 1}, {"c": 2}]}

    assert Mutant("k", ("a", 0, "b"), "", put(7)).of(document) == {"a": [{"b": 7}, {"c": 2}]}
    assert document == {"a": [{"b": 1}, {"c": 2}]}
