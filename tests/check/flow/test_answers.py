"""What a Choice has answered holds for the same question later on, until something is written there."""

from typing import Any

import pytest

from stepmill.check.flow.answers import after, in_branches, in_items, on_entry
from stepmill.check.flow.fingerprints import Fingerprints, tree_of
from stepmill.check.flow.liveness import WHOLE
from stepmill.check.flow.questions import Answers, Place, Question, Questions
from stepmill.check.flow.situations import Situation, Situations, merged_to_limit
from stepmill.check.shapes.join import ALTERNATIVES_LIMIT
from stepmill.check.shapes.shape import closed, of_value
from tests.check.flow.machines import END, found, task

FLAG: Place = ("$", ("flag",))
INSIDE: Place = ("$", ("order", "size"))
VARIABLE: Place = ("mode", ())
EXECUTION: Place = ("$$", ("Execution", "Input", "flag"))
ITEM: Place = ("$$", ("Map", "Item", "Value"))
ALL: tuple[Place, ...] = (FLAG, INSIDE, VARIABLE, EXECUTION, ITEM)
OF_DATA: set[Place] = {FLAG, INSIDE}


def answers(*places: Place) -> Answers:
    return frozenset((Question(f"is it {place}", frozenset([place])), True) for place in places)


def kept(found: Answers) -> set[Place]:
    return {place for question, _ in found for place in question.places}


def lost(state: dict[str, Any], holder: Any = None, *, is_jsonata: bool = False) -> set[Place]:
    written = state if holder is None else holder
    return {*ALL} - kept(after(answers(*ALL), state, written, is_jsonata=is_jsonata))


TASK, CATCH = {"Type": "Task"}, {"ErrorEquals": ["States.ALL"]}
NOTHING: set[Place] = set()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(TASK, OF_DATA, id="result-replaces-the-data"),
        pytest.param({**TASK, "ResultPath": "$"}, OF_DATA, id="result-at-the-root"),
        pytest.param({**TASK, "ResultPath": None}, NOTHING, id="result-dropped"),
        pytest.param({**TASK, "ResultPath": "$.other"}, NOTHING, id="result-beside"),
        pytest.param({**TASK, "ResultPath": "$.flag"}, {FLAG}, id="result-over-it"),
        pytest.param({**TASK, "ResultPath": "$.order"}, {INSIDE}, id="result-above-it"),
        pytest.param({**TASK, "ResultPath": "$.flag.more"}, {FLAG}, id="result-below-it"),
        pytest.param({**TASK, "ResultPath": "$.${Where}"}, OF_DATA, id="result-nobody-knows-where"),
        pytest.param({**TASK, "ResultPath": None, "OutputPath": "$.order"}, OF_DATA, id="root-moved"),
        pytest.param({**TASK, "ResultPath": None, "Assign": {"mode.$": "$"}}, {VARIABLE}, id="assigned"),
        pytest.param({**TASK, "ResultPath": None, "Assign": {"other": 1}}, NOTHING, id="other-assigned"),
        pytest.param({"Type": "Pass"}, NOTHING, id="pass-hands-on"),
        pytest.param({"Type": "Pass", "Result": {}}, OF_DATA, id="pass-with-a-result"),
        pytest.param({"Type": "Pass", "Parameters": {}}, OF_DATA, id="pass-with-parameters"),
        pytest.param({"Type": "Pass", "InputPath": "$.order"}, OF_DATA, id="pass-of-a-part"),
        pytest.param({"Type": "Wait"}, NOTHING, id="wait"),
        pytest.param({"Type": "Wait", "InputPath": "$.order"}, OF_DATA, id="wait-with-a-part"),
        pytest.param({"Type": "Choice", "OutputPath": "$.order"}, OF_DATA, id="choice-leaves-with-a-part"),
    ],
)
def test_a_jsonpath_state_ends_the_answers_about_what_it_writes(
    state: dict[str, Any], expected: set[Place]
) -> None:
    assert lost(state) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(CATCH, OF_DATA, id="error-replaces-the-data"),
        pytest.param({**CATCH, "ResultPath": "$.error"}, NOTHING, id="error-beside"),
        pytest.param({**CATCH, "ResultPath": "$.flag"}, {FLAG}, id="error-over-it"),
        pytest.param({**CATCH, "ResultPath": "$.error", "Assign": {"mode": 1}}, {VARIABLE}, id="assigned"),
    ],
)
def test_a_catch_ends_the_answers_about_what_it_writes(entry: dict[str, Any], expected: set[Place]) -> None:
    assert lost({**TASK, "OutputPath": "$.order", "Catch": [entry]}, entry) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(TASK, OF_DATA, id="result-is-the-output"),
        pytest.param({**TASK, "Output": "{% $states.input %}"}, NOTHING, id="input-is-the-output"),
        pytest.param({**TASK, "Output": "{% $states.result %}"}, OF_DATA, id="other-output"),
        pytest.param({"Type": "Pass"}, NOTHING, id="pass-hands-on"),
        pytest.param({"Type": "Pass", "Output": {"flag": True}}, OF_DATA, id="pass-with-an-output"),
        pytest.param({"Type": "Pass", "Assign": {"mode": 1}}, {VARIABLE}, id="assigned"),
    ],
)
def test_a_jsonata_state_ends_the_answers_about_what_it_writes(
    state: dict[str, Any], expected: set[Place]
) -> None:
    assert lost(state, is_jsonata=True) == expected


def test_a_choice_over_a_part_of_its_input_asks_about_other_data() -> None:
    assert kept(on_entry(answers(*ALL), {"InputPath": "$.order"})) == {*ALL} - OF_DATA
    assert kept(on_entry(answers(*ALL), {})) == {*ALL}


def test_branches_keep_the_answers_about_data_that_they_are_handed() -> None:
    assert kept(in_branches(answers(*ALL), {}, is_jsonata=False)) == {*ALL}
    handed: list[dict[str, Any]] = [{"Parameters": {}}, {"InputPath": "$.order"}]
    for state in handed:
        assert kept(in_branches(answers(*ALL), state, is_jsonata=False)) == {*ALL} - OF_DATA
    assert kept(in_branches(answers(*ALL), {"Arguments": {}}, is_jsonata=True)) == {*ALL} - OF_DATA


def test_an_item_keeps_the_answers_about_the_execution_and_the_variables() -> None:
    assert kept(in_items(answers(*ALL), is_distributed=False)) == {EXECUTION, VARIABLE}
    assert kept(in_items(answers(*ALL), is_distributed=True)) == set()


def test_ways_that_are_merged_keep_what_all_of_them_answer() -> None:
    both, one = answers(FLAG, VARIABLE), answers(VARIABLE, EXECUTION)
    ways = [Situation(closed(), answers=both), Situation(closed(a=of_value(1)), answers=one)]
    assert [way.answers for way in merged_to_limit(ways, 1)] == [answers(VARIABLE)]


def test_ways_of_the_same_answers_are_merged_before_others() -> None:
    yes, no = answers(FLAG), frozenset((question, False) for question, _ in answers(FLAG))
    wide = closed(**{f"m{number}": of_value(number) for number in range(9)})
    ways = [Situation(wide, answers=yes), Situation(closed(), answers=no), Situation(closed(), answers=yes)]
    assert {way.answers for way in merged_to_limit(ways, 2)} == {yes, no}


def test_a_way_that_claims_less_is_not_lost_in_one_that_claims_more() -> None:
    waiting = Situations(Fingerprints(frozenset()), tree_of(WHOLE))
    assert waiting.add(Situation(closed(), answers=answers(FLAG)))
    assert waiting.add(Situation(closed()))
    assert [way.answers for way in waiting.found] == [frozenset()]
    assert not waiting.add(Situation(closed(), answers=answers(FLAG)))


def test_ways_that_differ_in_answers_alone_are_one() -> None:
    waiting = Situations(Fingerprints(frozenset()), tree_of(WHOLE))
    for known in (answers(FLAG, VARIABLE), answers(FLAG, EXECUTION)):
        assert waiting.add(Situation(closed(), answers=known))
    assert [way.answers for way in waiting.found] == [answers(FLAG)]


def test_ways_that_differ_in_what_nobody_reads_keep_what_both_answer() -> None:
    waiting = Situations(Fingerprints(frozenset()), tree_of(frozenset([("a",)])))
    for number, known in enumerate((answers(FLAG, VARIABLE), answers(FLAG, EXECUTION))):
        waiting.add(Situation(closed(b=of_value(number)), answers=known))
    assert [way.answers for way in waiting.found] == [answers(FLAG)]


def test_the_number_of_ways_stays_bounded() -> None:
    waiting = Situations(Fingerprints(frozenset(f"m{at}" for at in range(99))), tree_of(WHOLE))
    for number in range(3 * ALTERNATIVES_LIMIT):
        data = closed(**{f"m{number}": of_value(1)})
        waiting.add(Situation(data, answers=answers(("v", (number,)))))
    assert len(waiting.found) == ALTERNATIVES_LIMIT


def asked(*rules: Any, language: str = "JSONPath") -> set[str]:
    states = {str(at): {"Type": "Choice", "Choices": [rule]} for at, rule in enumerate(rules)}
    return {question.text for question in Questions({"States": states}, language).again}


YES, BIG = {"Variable": "$.flag", "BooleanEquals": True}, {"Variable": "$.n", "NumericGreaterThan": 1}


def test_only_what_is_asked_twice_is_kept_in_mind() -> None:
    assert asked(YES, BIG) == set()
    assert asked(YES, {"Variable": "$['flag']", "BooleanEquals": True}) == {
        "BooleanEquals ('$', ('flag',)) True"
    }


def test_one_rule_that_two_choices_share_is_asked_twice() -> None:
    assert len(asked(YES, YES)) == 1


def test_the_parts_of_equal_rules_are_no_questions_of_their_own() -> None:
    (text,) = asked({"And": [YES, BIG]}, {"And": [{**BIG}, {**YES}]})
    assert text.startswith("And(")


@pytest.mark.parametrize("path", ["$$.State.EnteredTime", "$$.Execution.RedriveCount", "$$.Task.Token", "$$"])
def test_what_changes_by_itself_is_never_remembered(path: str) -> None:
    rule = {"Variable": path, "StringEquals": "x"}
    assert asked(rule, dict(rule)) == set()


@pytest.mark.parametrize(
    "body", ["$random() > 0.5", "$states.context.State.RetryCount > 1", "$now() = $then"]
)
def test_a_condition_that_changes_by_itself_is_never_remembered(body: str) -> None:
    rule = {"Condition": f"{{% {body} %}}"}
    assert asked(rule, dict(rule), language="JSONata") == set()


def test_a_condition_depends_on_what_it_reads_at_any_depth() -> None:
    body = "{% $count($filter($list, function($one) { $one = $states.input.wanted })) > 0 %}"
    states = {str(at): {"Type": "Choice", "Choices": [{"Condition": body}]} for at in range(2)}
    (question,) = Questions({"States": states}, "JSONata").again
    assert {("$", ("wanted",)), ("list", ())} <= question.places


def twice(again: dict[str, Any]) -> dict[str, Any]:
    return {
        "First": {"Type": "Choice", "Choices": [{**YES, "Next": "End"}], "Default": "Again"},
        "Again": {"Type": "Choice", "Choices": [{**again, "Next": "Work"}], "Default": "End"},
        "Work": task(Parameters={"FunctionName": "f"}, End=True),
        "End": END,
    }


@pytest.mark.parametrize("again", [YES, {"And": [BIG, YES]}, {"Or": [YES, {"Not": {"Not": YES}}]}])
def test_a_rule_is_not_told_as_dead_because_it_was_answered_before(again: dict[str, Any]) -> None:
    given = {"type": "object", "properties": {"flag": {}, "n": {}}, "required": ["flag", "n"]}
    assert found(twice(again), given={**given, "additionalProperties": False}) == []
