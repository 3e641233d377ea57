import pytest
from millkit.rules import RuleUnknown, combine


@pytest.mark.parametrize(
    ("rule", "combined"),
    [("largest", [3.0, 5.0]), ("smallest", [1.0, 4.0]), ("mean", [2.0, 4.5]), ("first", [1.0, 5.0])],
)
def test_a_rule_makes_one_value_of_each_row(rule: str, combined: list[float]) -> None:
    assert combine(rule, [[1.0, 5.0], [3.0, 4.0]]) == combined


def test_an_unknown_rule_is_named_with_those_that_are() -> None:
    with pytest.raises(RuleUnknown) as caught:
        combine("median", [[1.0]])
    assert str(caught.value) == "rule 'median': is not known; allowed: first, largest, mean, smallest"
