"""Who is let into the API and how often is what the root template's parameters say."""

from typing import Any

from .deployment import Stack, deploy

# What the root has with `Realtime` in front.
SETTINGS = ("Rule", "EndpointTimeoutS", "Authorizer", "RateLimit", "BurstLimit", "DailyQuota")


def api_of(stacks: dict[str, Stack]) -> dict[str, Any]:
    [(_, properties)] = stacks["realtime"].resources("AWS::Serverless::Api")
    return properties


def test_authorizer_throttle_and_quota_are_the_root_templates_parameters() -> None:
    given = {"Authorizer": "NONE", "RateLimit": "3", "BurstLimit": "4", "DailyQuota": "5"}
    api = api_of(deploy(**{f"Realtime{name}": value for name, value in given.items()}))
    auth, [method] = api["Auth"], api["MethodSettings"]
    assert (auth["DefaultAuthorizer"], auth["ApiKeyRequired"]) == ("NONE", True)
    assert auth["UsagePlan"] == {
        "CreateUsagePlan": "PER_API",
        "UsagePlanName": "stepmill-prod-predict",
        "Throttle": {"RateLimit": "3", "BurstLimit": "4"},
        "Quota": {"Limit": "5", "Period": "DAY"},
    }
    assert method == {
        "ResourcePath": "/*",
        "HttpMethod": "*",
        "ThrottlingRateLimit": "3",
        "ThrottlingBurstLimit": "4",
        "MetricsEnabled": True,
    }


def test_the_functions_rule_and_time_are_the_root_templates_parameters() -> None:
    stacks = deploy(RealtimeRule="mean", RealtimeEndpointTimeoutS="7")
    [(_, function)] = stacks["realtime"].resources("AWS::Serverless::Function")
    variables = function["Environment"]["Variables"]
    assert (variables["RULE"], variables["ENDPOINT_TIMEOUT_S"]) == ("mean", "7")


def test_without_a_choice_a_signature_is_wanted_besides_the_key(aws: dict[str, Stack]) -> None:
    auth = api_of(aws)["Auth"]
    assert (auth["DefaultAuthorizer"], auth["ApiKeyRequired"]) == ("AWS_IAM", True)


def test_root_and_stack_have_the_same_defaults_and_constraints(aws: dict[str, Stack]) -> None:
    def rules(stack: str, prefix: str) -> dict[str, Any]:
        declared = aws[stack].template["Parameters"]
        return {name: declared[prefix + name] | {"Description": ""} for name in SETTINGS}

    assert rules("template", "Realtime") == rules("realtime", "")
