"""What counts as caught, and which mutants are drawn."""

from stepmill.check.finding import Finding
from tests.check.mutants.mutation import Mutant, drop, put
from tests.check.mutants.verdict import judge, sample

MUTANTS = [
    *(Mutant("often", ("a", index), "x", put(index)) for index in range(30)),
    *(Mutant("seldom", ("b", index), "x", drop) for index in range(2)),
]


def test_excused_mutants_do_not_count_and_survivors_do() -> None:
    said = {0: [Finding("next-unknown", "failure", "/a/0", "")]}

    verdict = judge(
        MUTANTS[:4],
        lambda mutant: said.get(mutant.place[1], []) if isinstance(mutant.place[1], int) else [],
        lambda mutant: "as good" if mutant.place[1] == 1 else "",
        lambda _: "nobody knows",
    )

    assert verdict.share == 1 / 3
    assert str(verdict).splitlines() == [
        "1 caught (0 by a warning), 2 survived: 33.3%; 1 more are correct as well",
        "SURVIVED often: a/2: x: nobody knows",
        "SURVIVED often: a/3: x: nobody knows",
        "CORRECT often: a/1: x: as good",
    ]


def test_it_is_told_how_many_are_caught_by_a_warning_alone() -> None:
    found = {
        "failure": [Finding("one", "warning", "/a", ""), Finding("two", "failure", "/a", "")],
        "warning": [Finding("one", "warning", "/a", "")],
    }
    mutants = [Mutant("sync dropped", ("a",), severity, drop) for severity in found]

    verdict = judge(mutants, lambda mutant: found[mutant.note], lambda _: "", lambda _: "unknown")

    assert str(verdict) == "2 caught (1 by a warning), 0 survived: 100.0%; 0 more are correct as well"


def test_a_sample_has_every_kind_and_is_the_same_whatever_the_order() -> None:
    drawn = sample(MUTANTS, 10, is_all=False)

    assert [mutant.kind for mutant in drawn] == ["often"] * 9 + ["seldom"]
    assert drawn == sample([*MUTANTS[:30][::-1], *MUTANTS[30:]], 10, is_all=False)


def test_a_mutant_leaves_the_original_as_it_was() -> None:
    document = {"a": [{"b": 1}, {"c": 2}]}

    assert Mutant("k", ("a", 0, "b"), "", put(7)).of(document) == {"a": [{"b": 7}, {"c": 2}]}
    assert document == {"a": [{"b": 1}, {"c": 2}]}
