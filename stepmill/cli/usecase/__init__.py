"""Look at a use case: the file that says which table, which models, and how they are served.

  stepmill usecase check examples/cars/usecase.yaml           each mistake by its line, or what it leads to
  stepmill usecase parameters examples/cars/usecase.yaml      for parameter_overrides in samconfig.toml
  stepmill usecase parameters mine.yaml --stage prod          of another stage, whose endpoints are its own;
                                                              and which steps of its own `sam build` needs
  stepmill usecase schema                                     JSON Schema of the file, for an editor

`stepmill deploy --use-case FILE` deploys with it, `stepmill demo NAME` takes examples/NAME/usecase.yaml.
docs/usecases.md explains the fields. Exit code 2 for a file with mistakes.
"""

import argparse
import sys
from pathlib import Path

from stepmill.cli.errors import UserError

HELP = "check the file of a use case, and turn it into the template's parameters"
ACTIONS = ("check", "parameters", "schema")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("file", nargs="?", type=Path, help="the use case, with check and parameters")
    parser.add_argument("--project", default="stepmill", help="with parameters (default stepmill)")
    parser.add_argument("--stage", default="dev", help="with parameters (default dev)")


def run(args: argparse.Namespace) -> int:
    if args.action == "schema":
        print(schema(), end="")
        return 0
    if args.file is None:
        raise UserError(f"{args.action} needs a file, such as examples/cars/usecase.yaml")
    from stepmill.cli.usecase import steps
    from stepmill.cli.usecase.deploying import overrides, parameters
    from stepmill.cli.usecase.notes import notes
    from stepmill.cli.usecase.reading import read

    case = read(args.file)
    made = parameters(case, project=args.project, stage=args.stage)
    if args.action == "parameters":
        print(overrides(made))
        if own := " ".join(map(str, steps.own(args.file))):
            print(f"before sam build, copy its steps: cp {own} {steps.OURS}/", file=sys.stderr)
        return 0
    limit = f"{made['RmseLimit']} {case.unit or ''}".strip()
    print(f"{args.file}: predicts {case.target}, and rejects models above an RMSE of {limit}")
    for number, (name, variant) in enumerate(case.variants.items()):
        endpoint = f"{args.project}-{args.stage}" + (f"-{name}" if number else "")
        print(f"  {name}: {variant.algorithm} on endpoint {endpoint}")
    for _hook, field, name in steps.named(case):
        print(f"  {'.'.join(field)}: {steps.known(args.file)[name]}")
    for note in notes(case):
        print(f"  note: {note}")
    return 0


def schema() -> str:
    """JSON Schema of a use case, as docs/usecase.schema.json has it."""
    import json

    from stepmill.cli.usecase.model import UseCase

    return json.dumps(UseCase.model_json_schema(), indent=2) + "\n"
