"""How an update reaches the endpoint's traffic, and what takes it back: $.deployment, a DeploymentConfig.

A canary takes part of a fleet, at most half of it: on one instance all traffic moves at once. Either way the
alarms are watched while it bakes.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
"""

from typing import Any

from stepmill.asl import Choice, ChoiceRule, Pass, State, chain, json_merge, path

C = ChoiceRule
OWN_ALARMS = [{"AlarmName": "${ErrorsAlarm}"}, {"AlarmName": "${LatencyAlarm}"}]
SECOND_ALARMS = [{"AlarmName": "${SecondErrorsAlarm}"}, {"AlarmName": "${SecondLatencyAlarm}"}]
NO_WAIT_S = 0
INSTANCES = "$.endpoint.instances[0]"


def alarms(then: State) -> Choice:
    """$.config.alarms: as given, else the stack's, which watch its own two endpoints and no other."""
    given = Choice("AlarmsGiven", choices=[(C.IsPresent("$.config.alarms", True), then)])
    own = Pass("TakeOwnAlarms", result=OWN_ALARMS, result_path="$.config.alarms")
    given.add_choice(C.StringEquals("$.config.endpoint_name", "${NamePrefix}"), chain(own, then))
    second = Pass("TakeSecondAlarms", result=SECOND_ALARMS, result_path="$.config.alarms")
    given.add_choice(C.StringEquals("$.config.endpoint_name", "${SecondEndpoint}"), chain(second, then))
    given.default_choice(chain(Pass("TakeNoAlarms", result=[], result_path="$.config.alarms"), then))
    return given


def plan(then: State) -> Choice:
    canary_size = {"Type": "CAPACITY_PERCENT", "Value": path("$.config.canary_percent")}
    merge = Pass(
        "PlanUpdate",
        parameters={"config": json_merge(path("$.traffic"), path("$.guard"))},
        result_path="$.deployment",
    )
    merge.next(then)
    unguarded = Pass("LeaveUnguarded", result={}, result_path="$.guard")
    guarded = Pass(
        "GuardByAlarms",
        parameters={"AutoRollbackConfiguration": {"Alarms": path("$.config.alarms")}},
        result_path="$.guard",
    )
    has_alarms = Choice(
        "HasAlarms", choices=[(C.IsPresent("$.config.alarms[0]", True), chain(guarded, merge))]
    )
    has_alarms.default_choice(chain(unguarded, merge))
    canary = _traffic("ShiftCanaryFirst", has_alarms, Type="CANARY", CanarySize=canary_size)
    at_once = _traffic("ShiftAllAtOnce", has_alarms, Type="ALL_AT_ONCE")
    is_possible = [
        C.NumericGreaterThan("$.config.canary_percent", 0),
        C.IsPresent(INSTANCES, True),
        C.NumericGreaterThan(INSTANCES, 1),
    ]
    possible = Choice("CanaryPossible", choices=[(C.And(is_possible), canary)])
    possible.default_choice(at_once)
    return possible


def _traffic(state_id: str, then: State, **how: Any) -> Pass:
    routing: dict[str, Any] = {**how, "WaitIntervalInSeconds": path("$.config.bake_s")}
    policy: dict[str, Any] = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": NO_WAIT_S}
    shift = Pass(state_id, parameters={"BlueGreenUpdatePolicy": policy}, result_path="$.traffic")
    shift.next(then)
    return shift
