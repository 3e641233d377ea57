"""Reading: JSON and YAML as plain data; what cannot be read and what is given twice is told."""

from pathlib import Path

import pytest

from stepmill.check.finding import Finding, Findings
from stepmill.check.reading import text as reading
from stepmill.check.reading.text import read_file, read_text


def unreadable(message: str) -> Finding:
    return Finding("file-unreadable", "failure", "", message)


def shortened(value: str) -> str:
    return value[:20] if len(value) < 200 else f"{len(value)} characters"


def test_reads_yaml_as_the_same_data_as_json() -> None:
    findings = Findings()
    yaml = "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 5, Timestamp: 2026-01-31T12:00:00Z, End: true}\n"
    json = (
        '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, '
        '"Timestamp": "2026-01-31T12:00:00Z", "End": true}}}'
    )
    assert read_text(yaml, "m.asl.yaml", findings) == read_text(json, "m.asl.json", findings)
    assert findings.found == []


def test_reads_short_tags_as_cloudformations_long_form() -> None:
    text = "A: !Sub 'x-${B}'\nC: !GetAtt D.Arn\nE: !Ref F\nG: !If [H, !Ref I, {J: !Join ['', [K]]}]\n"
    assert read_text(text, "template.yaml", Findings()) == {
        "A": {"Fn::Sub": "x-${B}"},
        "C": {"Fn::GetAtt": ["D", "Arn"]},
        "E": {"Ref": "F"},
        "G": {"Fn::If": ["H", {"Ref": "I"}, {"J": {"Fn::Join": ["", ["K"]]}}]},
    }


def test_reads_merged_yaml_and_keys_that_are_no_texts() -> None:
    text = "base: &base {a: 1}\nmore:\n  <<: *base\n  2: b\n  true: c\n"
    assert read_text(text, "x.yml", Findings()) == {"base": {"a": 1}, "more": {"a": 1, "2": "b", "true": "c"}}


def test_reads_by_the_first_character_when_the_name_does_not_tell() -> None:
    assert read_text('\n {"a": 1}', "machine.template", Findings()) == {"a": 1}
    assert read_text("a: 1", "machine.template", Findings()) == {"a": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", '{"States": {"A/B": {"Next": "C", "Next": "D", "x": 1}}}'),
        ("m.yaml", "States:\n  A/B:\n    Next: C\n    Next: D\n    x: 1\n"),
    ],
)
def test_tells_a_key_given_twice_at_its_place(name: str, text: str) -> None:
    findings = Findings()
    assert read_text(text, name, findings) == {"States": {"A/B": {"Next": "D", "x": 1}}}
    assert findings.found == [
        Finding(
            "key-repeated",
            "failure",
            "/States/A~1B/Next",
            f"{name}: key 'Next' is given twice in one object; keep one, the earlier is lost",
        )
    ]


def test_a_key_of_yaml_given_twice_with_the_same_scalar_loses_nothing() -> None:
    findings = Findings()
    text = "Parameters:\n  Name: {Type: String, Type: String}\n  Size: {Type: Number}\n"
    assert read_text(text, "template.yaml", findings) == {
        "Parameters": {"Name": {"Type": "String"}, "Size": {"Type": "Number"}}
    }
    assert findings.found == []


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("m.json", '{"a": 1,}', "line 1, column 9: Expecting property name enclosed in double quotes"),
        ("m.json", '{"a": 1', "line 1, column 8: Expecting ',' delimiter"),
        ("m.json", "", "line 1, column 1: Expecting value"),
        ("m.json", '{"a": NaN}', "NaN is no JSON number"),
        ("m.json", "null", "holds nothing"),
        ("m.json", "[" * 100_000, "is nested more than 200 levels deep"),
        ("m.json", "[" * 300 + "]" * 300, "is nested more than 200 levels deep"),
        ("m.yaml", "a:\n  - b\n  c: d\n", "line 3, column 3: did not find expected '-' indicator"),
        ("m.yaml", "a: *b", "line 1, column 4: found undefined alias"),
        ("m.yaml", "a: 1\n---\nb: 2\n", "line 2, column 1: but found another document"),
        ("m.yaml", "", "holds nothing"),
        ("m.yaml", "a: &a [*a]", "line 1, column 4: found unconstructable recursive node"),
        ("m.yaml", "[" * 50_000, "is nested more than 200 levels deep"),
        ("m.yaml", "[" * 300 + "1" + "]" * 300, "is nested more than 200 levels deep"),
    ],
    ids=shortened,
)
def test_tells_what_cannot_be_read_with_its_place(name: str, text: str, what: str) -> None:
    findings = Findings()
    assert read_text(text, name, findings) is None
    assert findings.found == [unreadable(f"{name}: {what}; it must be a JSON or YAML text")]


def test_refuses_yaml_that_aliases_blow_up() -> None:
    levels = "\n".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9))
    findings = Findings()
    assert read_text(f"a0: &a0 [x]\n{levels}\n", "bomb.yaml", findings) is None
    assert findings.found == [
        unreadable("bomb.yaml: holds more than 1000000 values; it must be a JSON or YAML text")
    ]


def test_refuses_a_file_that_is_too_large_missing_or_no_text(tmp_path: Path) -> None:
    findings = {}
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (reading.LARGEST_BYTES + 1))
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for file in (large, binary, tmp_path / "missing.json"):
        findings[file.name] = Findings()
        assert read_file(file, findings[file.name]) is None
    assert [[f.rule for f in each.found] for each in findings.values()] == [["file-unreadable"]] * 3


def test_reads_tokens_that_stand_for_numbers_and_arrays_as_texts() -> None:
    findings = Findings()
    text = r"""{"TimeoutSeconds": ${Longest}, "Subnets": [${First}, "${Last}"], "Comment": "a \"${b}\" c"}"""
    assert read_text(text, "m.asl.json", findings) == {
        "TimeoutSeconds": "${Longest}",
        "Subnets": ["${First}", "${Last}"],
        "Comment": 'a "${b}" c',
    }
    assert findings.found == []


def test_tells_what_is_wrong_beside_a_token_without_quotes() -> None:
    findings = Findings()
    assert read_text('{"Seconds": ${Wait}, "End": yes}', "m.asl.json", findings) is None
    assert [found.rule for found in findings.found] == ["file-unreadable"]


def test_reads_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "bom.asl.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')
    assert read_file(file, Findings()) == {"a": "é"}
