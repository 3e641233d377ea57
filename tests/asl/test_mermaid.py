"""The picture of a machine."""

from typing import Any

from stepmill.asl import (
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Wait,
    chain,
    jsonata,
    lambda_invoke,
    path,
    ssm,
)
from stepmill.asl.mermaid import picture


def _picture(start: State | Chain) -> str:
    machine = Machine(name="cars", comment="", timeout_seconds=60, states=start)
    return picture("cars", machine.definition())


def test_draws_types_rules_and_dotted_errors() -> None:
    broken = Fail("Broken", error="Broken")
    judge = lambda_invoke(
        "Judge",
        function_name="${JudgeCandidateArn}",
        catch=[Catch(error_equals=["States.Timeout", "States.TaskFailed"], next_step=broken)],
    )
    done = Succeed("Done")
    accepted = Choice(
        "Accepted", choices=[(ChoiceRule.NumericLessThan(path("$.rmse"), path("$.limit")), done)]
    )
    assert (
        _picture(chain(judge, Wait("Pause", seconds=5), accepted, Pass("Tell")))
        == """\
%% cars: written by `stepmill compile`
flowchart TD
  start(("cars")) --> Judge
  Judge["Judge<br/><i>Task lambda:invoke ${JudgeCandidateArn}</i>"]
  Pause[/"Pause<br/><i>Wait 5 s</i>"/]
  Accepted{"Accepted<br/><i>Choice</i>"}
  Done(["Done<br/><i>Succeed</i>"])
  Tell["Tell<br/><i>Pass</i>"]
  Broken(["Broken<br/><i>Fail Broken</i>"])
  Judge --> Pause
  Judge -.->|"States.Timeout, States.TaskFailed"| Broken
  Pause --> Accepted
  Accepted -->|"rmse #lt; limit"| Done
  Accepted -->|"else"| Tell
"""
    )


def test_draws_branches_and_items_as_frames() -> None:
    inner = Map("Each", items_path="$.l", item_processor=ssm.get_parameter("Read", name="/a"))
    both = Parallel("Both", branches=[chain(Pass("A"), inner), Pass("B")])
    assert (
        _picture(chain(both, Succeed("Done")))
        == """\
%% cars: written by `stepmill compile`
flowchart TD
  start(("cars")) --> Both
  subgraph Both["Both: Parallel"]
    subgraph Both_1["branch 1"]
      A["A<br/><i>Pass</i>"]
      subgraph Each["Each: Map"]
        Read["Read<br/><i>Task aws-sdk:ssm:getParameter</i>"]
      end
      A --> Each
    end
    subgraph Both_2["branch 2"]
      B["B<br/><i>Pass</i>"]
    end
  end
  Done(["Done<br/><i>Succeed</i>"])
  Both --> Done
"""
    )


def test_names_that_mermaid_cannot_take_are_numbered_and_their_text_escaped() -> None:
    assert (
        _picture(chain(Pass('Say "hi" #1 <now>'), Pass("End"), Pass("state_1"), Pass("Fine_1")))
        == """\
%% cars: written by `stepmill compile`
flowchart TD
  start(("cars")) --> state_1
  state_1["Say #quot;hi#quot; #35;1 #lt;now#gt;<br/><i>Pass</i>"]
  state_2["End<br/><i>Pass</i>"]
  state_3["state_1<br/><i>Pass</i>"]
  Fine_1["Fine_1<br/><i>Pass</i>"]
  state_1 --> state_2
  state_2 --> state_3
  state_3 --> Fine_1
"""
    )


def _label(rule: Any, **fields: Any) -> str:
    """What stands on the edge of a rule."""
    choice = Choice("Which", choices=[(rule, Succeed("Yes"))], **fields)
    edge = next(line for line in _picture(choice).splitlines() if line.endswith("| Yes"))
    return edge.split('|"')[1].split('"|')[0]


def test_rules_are_said_in_words() -> None:
    rule = ChoiceRule
    both = rule.And([rule.IsPresent("$.a", False), rule.Not(rule.StringMatches("$.b", "x*"))])
    assert _label(both) == "a is not present and not (b like x*)"
    assert _label(rule.Or([rule.IsString("$.a", True), rule.NumericGreaterThanEquals("$.n", 3)])) == (
        "a is string or n #gt;= 3"
    )
    assert _label(rule.StringEquals("$$.Execution.Name", "x")) == "$$.Execution.Name = x"
    assert _label(jsonata("$states.input.n > 1"), query_language="JSONata") == "$states.input.n #gt; 1"


def test_a_long_rule_is_cut() -> None:
    label = _label(ChoiceRule.StringEquals("$.text", "x" * 200))
    assert label == "text = " + "x" * 82 + "…"
