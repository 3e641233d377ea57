"""Write the accounts of SageMaker's own images, region by region, into stacks/jobs.yaml.

Run: make images   (.venv-images/bin/python stacks/images.py)
With --check nothing is written; exit code 1 when the committed table is stale.

The only place that needs the package sagemaker (version 2), and only while the table is made anew.
"""

import argparse
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("jobs.yaml")
BEGIN = "  # images: begin (make images writes the lines up to the end mark)\n"
END = "  # images: end\n"

# Column of the table -> (framework as sagemaker calls it, version, further arguments, repository:tag).
IMAGES = {
    "Xgboost": ("xgboost", "1.7-1", {}, "sagemaker-xgboost:1.7-1"),
    "LinearLearner": ("linear-learner", "1", {}, "linear-learner:1"),
    "Sklearn": (
        "sklearn",
        "1.2-1",
        {"py_version": "py3", "instance_type": "ml.m5.large"},
        "sagemaker-scikit-learn:1.2-1-cpu-py3",
    ),
}


def regions(image_uris: Any) -> list[str]:
    """Every region that has all three images."""
    found: list[set[str]] = []
    for framework, version, _, _ in IMAGES.values():
        config = image_uris.config_for_framework(framework)
        config = config.get("inference", config)
        found.append(set(config["versions"][version]["registries"]))
    return sorted(set.intersection(*found))


def account(image_uris: Any, column: str, region: str) -> str:
    """The account that owns the image; its repository and tag must be those that the template names."""
    framework, version, arguments, repository = IMAGES[column]
    uri: str = image_uris.retrieve(framework, region, version=version, **arguments)
    match = re.fullmatch(r"(\d{12})\.dkr\.ecr\.[^/]+/(.+)", uri)
    if match is None or match[2] != repository:
        raise SystemExit(
            f"images: {framework} in {region} is {uri}, not {repository}; adapt IMAGES and stacks/jobs.yaml"
        )
    return match[1]


def table(image_uris: Any) -> Iterator[str]:
    yield "  Images:\n"
    for region in regions(image_uris):
        accounts = ", ".join(f'{column}: "{account(image_uris, column, region)}"' for column in IMAGES)
        yield f"    {region}: {{{accounts}}}\n"


def replaced(template: str, lines: str) -> str:
    """The template with what stands between the marks replaced."""
    head, begin, rest = template.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"images: {TEMPLATE.name} lacks the marks {BEGIN.strip()!r} and {END.strip()!r}")
    return head + begin + lines + end + tail


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the image table of stacks/jobs.yaml.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the table is stale")
    arguments = parser.parse_args()
    image_uris = importlib.import_module(
        "sagemaker.image_uris"
    )  # by name: absent from the product's environment
    before = TEMPLATE.read_text()
    after = replaced(before, "".join(table(image_uris)))
    if arguments.check:
        print("images: up to date" if before == after else "images: stale; run make images")
        return int(before != after)
    TEMPLATE.write_text(after)
    print(f"images: {after.count('Xgboost: ')} regions in {TEMPLATE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
