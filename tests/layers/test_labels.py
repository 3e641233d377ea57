"""The Model Registry takes few characters and 256 of them."""

import re

import pytest
from millkit import labels

# Source: CustomerMetadataValue in the service's own model, with the classes that Python's re lacks spelt out.
TAKEN = re.compile(r"[\w\s.:/=+\-@]{1,256}")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("s3://cars/data/cars.csv", "s3://cars/data/cars.csv"),
        ("s3://cars/data/cars (1) 100%.csv", "s3://cars/data/cars _1_ 100_.csv"),
        ("Preis in €, brutto", "Preis in _, brutto".replace(",", "_")),
        ("Übersicht ½", "Übersicht ½"),
        ("line\nbreak\t{}", "line_break___"),
        ("", "none"),
        ("x" * 256, "x" * 256),
        ("x" * 257, "x" * 253 + "..."),
    ],
)
def test_keeps_what_the_registry_takes(value: str, kept: str) -> None:
    assert labels.label(value) == kept
    assert TAKEN.fullmatch(kept)


def test_the_labels_are_those_of_what_came_from_outside() -> None:
    facts = {"data_uri": "s3://a/b", "data_version": "", "target": "Price ($)", "image": "i:1"}
    assert labels.of_facts(facts) == {"data_uri": "s3://a/b", "data_version": "none", "target": "Price ___"}
