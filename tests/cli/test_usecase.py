"""stepmill usecase: the file of a use case, its mistakes by their lines, its schema."""

import json
from pathlib import Path

import pytest

from stepmill.cli import main
from stepmill.cli.errors import UserError
from stepmill.cli.usecase import schema
from stepmill.cli.usecase.reading import LIMIT_BYTES, read

ROOT = Path(__file__).parents[2]
RIGHT = """\
target: price
rmse_limit: 10
variants:
  xgboost:
    algorithm: xgboost
"""
KNOWN = (
    "target, unit, columns, rmse_limit, approval, variants, data, instances, deployment, scoring, "
    "monitoring, realtime"
)
WRONG = {
    "unknown": ("unti: USD\n", f"6: unti is not known (did you mean 'unit'?); known are {KNOWN}"),
    "unknown inside": (
        "deployment:\n  bake: 3\n",
        "7: deployment.bake is not known (did you mean 'bake_s'?); known are min_instances, max_instances, "
        "invocations_per_instance, canary_percent, bake_s",
    ),
    "unknown in a variant": (
        "  linear:\n    algorithm: linear-learner\n    hyperparams: {a: 1}\n",
        "8: variants.linear.hyperparams is not known (did you mean 'hyperparameters'?); known are algorithm, "
        "image, hyperparameters, tuning",
    ),
    "twice": ("target: rent\n", "6: target is given twice; keep one"),
    "not allowed": ("approval: nobody\n", "6: approval is 'nobody'; give 'manual' or 'automatic'"),
    "text for a number": ("data: {seed: x}\n", "6: data.seed is 'x'; give an integer"),
    "too much": (
        "deployment: {canary_percent: 70}\n",
        "6: deployment.canary_percent is 70; give a number of at most 50",
    ),
    "order": (
        "deployment: {min_instances: 3, max_instances: 2}\n",
        "6: deployment: max_instances is 2; give at least min_instances",
    ),
    "no section": ("realtime: largest\n", "6: realtime is 'largest'; give a mapping of rule"),
    "name of a variant": (
        "  Big-One: {algorithm: xgboost}\n",
        "6: variants.Big-One is 'Big-One'; give a text that matches ^[a-z][a-z0-9]{0,15}$",
    ),
    "no image": (
        "  own: {algorithm: custom}\n",
        "6: variants.own: image is missing; give the URI of your container's image",
    ),
    "custom tuned": (
        "  own: {algorithm: custom, image: a, tuning: {ranges: {b: {min: 1, max: 2}}}}\n",
        "6: variants.own: tuning is not for algorithm custom; drop it",
    ),
    "fixed and tuned": (
        "  b: {algorithm: xgboost, hyperparameters: {eta: 1}, tuning: {ranges: {eta: {min: 1, max: 2}}}}\n",
        "6: variants.b: eta is in hyperparameters and in tuning.ranges; keep one",
    ),
    "range without end": (
        "  b: {algorithm: xgboost, tuning: {ranges: {eta: {min: 1}}}}\n",
        "6: variants.b.tuning.ranges.eta: give min and max, or values",
    ),
    "range upside down": (
        "  b: {algorithm: xgboost, tuning: {ranges: {eta: {min: 2, max: 1}}}}\n",
        "6: variants.b.tuning.ranges.eta: min is 2 and max 1; give a max above min",
    ),
    "target as a column": (
        "columns: {price: numeric}\n",
        "1: columns has the target 'price'; leave it out, it is always numeric",
    ),
    "long columns": (
        f"columns: {{{'x' * 250}: numeric}}\n",
        "1: columns has 265 characters as JSON; give 256 at most",
    ),
    "infinite": ("data: {train_fraction: .inf}\n", "6: data.train_fraction is inf; give a finite number"),
}


def reading(tmp_path: Path, text: str) -> str:
    """What reading it says, without the file's name."""
    file = tmp_path / "u.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as refused:
        read(file)
    return str(refused.value).replace(f"{file}:", "")


@pytest.mark.parametrize(("more", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_by_its_line_with_what_is_allowed(tmp_path: Path, more: str, said: str) -> None:
    assert reading(tmp_path, RIGHT + more) == said


def test_all_mistakes_are_told_at_once_from_top_to_bottom(tmp_path: Path) -> None:
    text = "rmse_limit: 0\ntarget: ''\nvariants:\n  b: {algorithm: forest}\n"
    assert reading(tmp_path, text).splitlines() == [
        "1: rmse_limit is 0; give a number above 0",
        "2: target is ''; give a text",
        "4: variants.b.algorithm is 'forest'; give 'xgboost', 'linear-learner' or 'custom'",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", " is no mapping of fields; begin with `target:`, see docs/usecases.md"),
        ("- a\n", " is no mapping of fields; begin with `target:`, see docs/usecases.md"),
        (
            "a: [1\n",
            "2: is no YAML (expected ',' or ']', but got '<stream end>'); correct it",
        ),
        ("a: !!python/object:os.system {}\n", "1: is no YAML (could not determine a constructor for the tag"),
        ("[" * 3000, " is no YAML (maximum recursion depth exceeded"),
        ("a: " + "x" * LIMIT_BYTES, f" has {LIMIT_BYTES + 3} bytes; a use case has {LIMIT_BYTES} at most"),
    ],
    ids=["empty", "list", "open", "code", "deep", "long"],
)
def test_what_is_no_use_case_at_all_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert reading(tmp_path, text).startswith(said)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.yaml: No such file or directory$"):
        read(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"unit: \xa3\n")
    with pytest.raises(UserError, match="byte 6 is not UTF-8; save the file as UTF-8"):
        read(tmp_path / "latin.yaml")


def test_numbers_and_truth_values_are_texts_as_hyperparameters(tmp_path: Path) -> None:
    file = tmp_path / "u.yaml"
    file.write_text(RIGHT + "    hyperparameters: {eta: 0.1, max_depth: 3, normalize: true, objective: a}\n")
    found = read(file).variants["xgboost"].hyperparameters
    assert found == {"eta": "0.1", "max_depth": "3", "normalize": "true", "objective": "a"}


def test_the_schema_is_renewed_after_each_change() -> None:
    renew = "run `stepmill usecase schema > docs/usecase.schema.json`"
    assert (ROOT / "docs/usecase.schema.json").read_text() == schema(), renew


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    sections = json.loads(schema())
    assert {name for name, one in sections["$defs"].items() if one.get("additionalProperties")} == set()
    assert sections["additionalProperties"] is False


def test_check_says_what_a_use_case_leads_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usecase", "check", str(ROOT / "examples/cars/usecase.yaml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": predicts Price, and rejects models above an RMSE of 4000 USD")
    assert lines[1:] == [
        "  xgboost: xgboost on endpoint stepmill-dev",
        "  linear: linear-learner on endpoint stepmill-dev-linear",
        "  scoring.postprocess_step: jobs/tabular/steps/not_negative.py",
        "  note: deployment.canary_percent is 10 and min_instances 1: as long as one instance serves, an "
        "update moves all at once; give min_instances 2 for a canary each time",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  linear: {algorithm: linear-learner}\n", []),
        ("deployment: {canary_percent: 10, min_instances: 2}\n", []),
        ("deployment: {canary_percent: 0, min_instances: 1}\n", []),
        ("deployment: {canary_percent: 10, min_instances: 1}\n", ["deployment.canary_percent is 10"]),
        (
            "  b: {algorithm: xgboost}\n  c: {algorithm: xgboost}\n  d: {algorithm: xgboost}\n",
            ["variants.c is trained and deployed", "variants.d is trained and deployed"],
        ),
    ],
    ids=["two variants", "two instances", "no canary", "one instance", "four variants"],
)
def test_check_notes_what_does_less_than_it_seems_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: list[str]
) -> None:
    file = tmp_path / "u.yaml"
    file.write_text(RIGHT + more)
    assert main(["usecase", "check", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [line.removeprefix("  note: ") for line in lines if line.startswith("  note: ")]
    assert [note[: len(start)] for note, start in zip(found, said, strict=True)] == said


def test_check_ends_with_2_for_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "u.yaml"
    file.write_text(RIGHT + "unti: 1\n")
    assert main(["usecase", "check", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"stepmill usecase: {file}:6: unti is not known")


def test_check_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usecase", "check"]) == 2
    said = "stepmill usecase: check needs a file, such as examples/cars/usecase.yaml\n"
    assert capsys.readouterr().err == said
