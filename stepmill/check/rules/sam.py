"""Wiring: what a SAM or CloudFormation template connects, held against what is there."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

SAM_GUIDE = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
LAMBDA_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
_PASS = one_state({"Type": "Pass", "End": True})


def example_template(
    resources: dict[str, Any], context: dict[str, Any] | None = None, **more: Any
) -> Example:
    document = {"Transform": "AWS::Serverless-2016-10-31", **more, "Resources": resources}
    return Example(document, context or {}, is_template=True)


def example_machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": _PASS, **properties}}


def example_function(**properties: Any) -> dict[str, Any]:
    code = {"InlineCode": "def handler(event, context): ...", "Handler": "index.handler"}
    if "CodeUri" in properties:
        code = {}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Runtime": "python3.13", **code, **properties},
    }


def _with_token(token: str) -> Example:
    said = one_state({"Type": "Pass", "Result": {"stage": "${Stage}"}, "End": True})
    return example_template(
        {"Machine": example_machine(Definition=said, DefinitionSubstitutions={token: "dev"})}
    )


def _nested(parameters: dict[str, str]) -> Example:
    child = {
        "Parameters": {"Project": {"Type": "String", "Default": "mill"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Project"}}}},
    }
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "child.json", "Parameters": parameters},
    }
    document = {"Resources": {"Child": stack}}
    return Example(document, is_template=True, beside={"child.json": child})


SUBSTITUTION_MISSING = Rule(
    "substitution-missing",
    "sam",
    FAILURE,
    "A token of the definition has no value in DefinitionSubstitutions.",
    "CloudFormation replaces only the tokens that DefinitionSubstitutions names; any other `${Token}` "
    "reaches the service as that text. Names are case-sensitive, and pseudo parameters such as AWS::Region "
    "must be handed in too. Tokens in capital letters are taken for a shell's variables and left alone.",
    f"{SAM_GUIDE}/sam-resource-statemachine.html#sam-statemachine-definitionsubstitutions",
    _with_token("stage"),
    _with_token("Stage"),
)

SUBSTITUTION_UNUSED = Rule(
    "substitution-unused",
    "sam",
    WARNING,
    "DefinitionSubstitutions names a token that the definition does not have.",
    "Nothing is replaced. Mostly a token was renamed in the definition only, or has become needless.",
    f"{SAM_GUIDE}/sam-resource-statemachine.html#sam-statemachine-definitionsubstitutions",
    example_template({"Machine": example_machine(DefinitionSubstitutions={"Old": "x"})}),
    example_template({"Machine": example_machine()}),
)

DEFINITION_MISSING = Rule(
    "definition-missing",
    "sam",
    FAILURE,
    "The machine's definition is not there, or is none.",
    "DefinitionUri is a path relative to the template, or a place in S3. A file that is not there stops the "
    "packaging; a machine without any definition, or with one of a form that is none, the deployment. A "
    "template that lies apart from everything it names is not held against the disk.",
    f"{SAM_GUIDE}/sam-resource-statemachine.html#sam-statemachine-definitionuri",
    example_template(
        {
            "Machine": {
                "Type": "AWS::Serverless::StateMachine",
                "Properties": {"DefinitionUri": "statemachines/gone.asl.json"},
            }
        }
    ),
    example_template({"Machine": example_machine()}),
)

CODE_MISSING = Rule(
    "code-missing",
    "sam",
    FAILURE,
    "A function's code is not there.",
    "CodeUri is a path relative to the template. What a build makes, such as a .jar, is not looked for.",
    f"{SAM_GUIDE}/sam-resource-function.html#sam-function-codeuri",
    example_template({"Function": example_function(CodeUri="functions/gone/", Handler="handler.handler")}),
    example_template({"Function": example_function()}),
)

HANDLER_MISSING = Rule(
    "handler-missing",
    "sam",
    FAILURE,
    "The handler is not in the function's code.",
    "Handler is file.function, with folders as in Python's imports. When the file or the function is not "
    "there, every call ends in Runtime.ImportModuleError or Runtime.HandlerNotFound.",
    f"{LAMBDA_GUIDE}/python-handler.html",
    example_template({"Function": example_function(CodeUri=".", Handler="no_such_file.handler")}),
    example_template({"Function": example_function()}),
)

LAYER_MISSING = Rule(
    "layer-missing",
    "sam",
    FAILURE,
    "A layer's content is not there.",
    "ContentUri is a path relative to the template. What is not there cannot be packaged.",
    f"{SAM_GUIDE}/sam-resource-layerversion.html#sam-layerversion-contenturi",
    example_template(
        {"Layer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "gone/"}}}
    ),
    example_template({"Layer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "."}}}),
)

REFERENCE_UNKNOWN = Rule(
    "reference-unknown",
    "sam",
    FAILURE,
    "Ref, GetAtt, Sub, DependsOn or Condition names what the template does not have.",
    "CloudFormation refuses the template. Names are case-sensitive. An output of a nested stack is "
    "Stack.Outputs.Name, and must be among the outputs of that stack's template.",
    f"{_CFN}/intrinsic-function-reference-ref.html",
    example_template(
        {"Machine": example_machine(Name={"Ref": "Stge"})}, Parameters={"Stage": {"Type": "String"}}
    ),
    example_template(
        {"Machine": example_machine(Name={"Ref": "Stage"})}, Parameters={"Stage": {"Type": "String"}}
    ),
)

PARAMETER_UNDEFINED = Rule(
    "parameter-undefined",
    "sam",
    FAILURE,
    "A nested stack is handed a parameter that it does not have, or not one that it needs.",
    "The parent's Parameters must be parameters of the child's template, and every one of those that has no "
    "Default must be given.",
    f"{_CFN}/using-cfn-nested-stacks.html",
    _nested({"Stage": "dev"}),
    _nested({"Project": "cars"}),
)

PARAMETER_UNUSED = Rule(
    "parameter-unused",
    "sam",
    WARNING,
    "A parameter is declared and used nowhere.",
    "Whoever deploys is asked for a value that changes nothing. Use it, or remove it.",
    f"{_CFN}/parameters-section-structure.html",
    example_template({"Machine": example_machine()}, Parameters={"Stage": {"Type": "String"}}),
    example_template(
        {"Machine": example_machine(Name={"Ref": "Stage"})}, Parameters={"Stage": {"Type": "String"}}
    ),
)
