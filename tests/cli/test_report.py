"""The page of `stepmill report`: real queries over a real stack, and what a page without data says."""

import argparse
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stepmill.cli import report
from stepmill.cli.errors import UserError
from stepmill.cli.report.page import drift, render
from stepmill.cli.report.queries import Alert, Answers, Athena, work_group
from stepmill.cloud.cloud import Cloud
from tests.cloud.conftest import connect
from tests.stacks.lake import MADE, RELAYED, deploy_insight, fill, lines, put, violation

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")
VOID = {"meta", "path", "circle", "link", "img", "br"}


class Page(HTMLParser):
    """Checks that tags are closed in their order; keeps texts and what would be loaded."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.loads: list[str] = []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "action")]
        self.loads += [tag] if tag in ("script", "iframe", "link", "object", "form") else []

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Cloud]]:
    """A cloud with the insight stack, and the address file that `stepmill up` would write."""
    folder = tmp_path_factory.mktemp("root") / ".stepmill"
    cloud = Cloud.start(folder, port=0)
    deploy_insight(cloud)
    import os

    owner = cloud.keyring.owner
    address = {"pid": os.getpid(), "endpoint_url": cloud.endpoint_url, "region": cloud.region}
    address |= {"access_key_id": owner.access_key_id, "secret_access_key": owner.secret_access_key}
    (folder / "cloud.json").write_text(json.dumps(address))
    yield folder, cloud
    cloud.close()


def run(folder: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    report.add_arguments(parser)
    return report.run(parser.parse_args([*words, "--root", str(folder)]))


def test_a_page_without_data_says_what_is_missing_and_what_to_do(
    root: tuple[Path, Cloud], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = root
    assert run(folder, "--output", "-") == 0
    page = capsys.readouterr().out
    Page(page)
    for words in (
        "No predictions yet",
        "Nothing has been measured yet",
        "No ground truth",
        "No violation so far",
    ):
        assert words in page
    assert "<svg" not in page


def test_the_page_shows_drift_quality_and_the_rows_of_each_alert(
    root: tuple[Path, Cloud], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, cloud = root
    fill(cloud, TODAY)
    assert run(folder, "--output", str(tmp_path / "page.html")) == 0
    out = capsys.readouterr().out
    assert out == f"{tmp_path / 'page.html'}: 7 predictions, 2 monitored windows, 2 models, 1 alert\n"
    source = (tmp_path / "page.html").read_text()
    page = Page(source)
    assert page.loads == []
    titles = ["Predictions per hour", "baseline drift check", "Root mean squared error, by window"]
    assert [title for title in titles if title in source] == titles
    [details] = re.findall(r'<section id="alerts">.*?</section>', source, re.DOTALL)
    assert "Window 2: km · baseline_drift_check" in details
    # A row that shows it, and another one of the same model.
    wanted = ["drift-2", "<td>c</td>", "<td>d</td>", "0.7 against 0.2"]
    assert [words for words in wanted if words in details] == wanted
    assert f"s3://{MADE}/monitoring/stepmill-dev/reports/window=2/report.html" in details


@pytest.mark.parametrize(
    ("more", "count", "way"),
    [(2, "1 of 3 alerts", "--alerts 100"), (120, "1 of 100 or more alerts", "select * from violations")],
    ids=["few", "more-than-the-query-gives"],
)
def test_the_page_and_the_summary_say_that_there_are_more_alerts_than_shown(
    root: tuple[Path, Cloud],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: int,
    count: str,
    way: str,
) -> None:
    folder, cloud = root
    fill(cloud, TODAY)
    key = f"monitoring/{RELAYED}/violations/dt={TODAY}/more.jsonl"
    put(cloud, MADE, key, lines(*(violation(1, f"column-{place}", 0.5) for place in range(more))))
    assert run(folder, "--output", str(tmp_path / "page.html"), "--alerts", "1") == 0
    cloud.call("s3", "DeleteObject", {"Bucket": MADE, "Key": key})
    assert capsys.readouterr().out.endswith(f", {count}\n")
    [section] = re.findall(r'<section id="alerts">.*?</section>', (tmp_path / "page.html").read_text(), re.S)
    assert [words in section for words in (f"{count}, the latest first: ", way)] == [True, True]


def test_an_alert_whose_window_has_no_rows_shows_those_that_the_monitor_has_kept() -> None:
    """Truth came late: what was judged are rows of earlier windows."""
    kept = json.dumps([{"inference_id": "long-ago", "prediction": 900, "truth": 7, "value": None}])
    row: dict[str, str | None] = {"endpoint": "e", "window": "7", "feature": "rmse", "check_type": "more"}
    row |= {"value": "893", "threshold": "100", "sample_rows": kept}
    page = render(Answers("g", alerts=[Alert(row, [])]), NOW)
    assert "<td>long-ago</td>" in page
    assert "No rows of this window" not in page
    without = render(Answers("g", alerts=[Alert(row | {"sample_rows": None}, [])]), NOW)
    assert "No rows of this window are kept." in without


def test_rows_that_show_an_alert_stand_before_all_of_its_model() -> None:
    kept = json.dumps([{"inference_id": "shows-it", "prediction": 1, "truth": None, "value": 900}])
    row: dict[str, str | None] = {"endpoint": "e", "window": "7", "feature": "km", "check_type": "drift"}
    row |= {"value": "0.7", "threshold": "0.2", "sample_rows": kept, "model_name": "model-2"}
    page = render(Answers("g", alerts=[Alert(row, [{"inference_id": "first-of-all"}])]), NOW)
    assert "Window 7: km · drift · model-2" in page
    places = [page.index(word) for word in ("Rows that show it", "shows-it", "All rows that", "first-of-all")]
    assert places == sorted(places)


def test_a_line_has_one_point_a_window_that_of_the_model_that_violates_and_has_moved_farthest() -> None:
    moved = [("1", "false", "0.1"), ("2", "false", "0.9"), ("2", "true", "0.3"), ("2", "true", "0.5")]
    rows = [
        {"endpoint": "e", "window": window, "model_name": f"m{place}", "feature": "km", "check_type": "drift"}
        | {"value": value, "threshold": "0.2", "violated": violated}
        for place, (window, violated, value) in enumerate(moved)
    ]
    chart = drift([dict(row) for row in rows]).partition("All measurements")[0]
    assert re.findall(r"<title>(km, [^<]*)</title>", chart) == ["km, 1: 0.1", "km, 2: 0.5"]


def test_everything_that_comes_from_data_is_escaped() -> None:
    evil = "<script>alert('x')</script>"
    row = {
        "endpoint": evil,
        "window": "1",
        "feature": evil,
        "check_type": evil,
        "value": "1",
        "threshold": "0.1",
    }
    row |= {"violated": "true", "time": evil, "description": evil, "sample_rows": json.dumps([{evil: evil}])}
    prediction = {"endpoint": evil, "source": evil, "hour": evil, "predictions": "1", "mean": "2"}
    models = {"model_name": evil, "predictions": "1"}
    quality = {"endpoint": evil, "window": "1", "rmse": "1", "bias": "0", "agreement": "0"}
    answers = Answers(
        evil,
        predictions=[dict(prediction)],
        drift=[dict(row)],
        quality=[dict(quality)],
        models=[dict(models)],
        alerts=[Alert(dict(row), [{evil: evil}]), Alert(dict(row), [])],
    )
    page = render(answers, NOW)
    assert "<script" not in page
    assert Page(page).loads == []
    answers.failures = {"alerts": evil}
    assert "<script" not in render(answers, NOW)


def test_the_page_forbids_itself_to_load_or_run_anything() -> None:
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in render(Answers("g"), NOW)
    assert "prefers-color-scheme:dark" in render(Answers("g"), NOW)


def test_a_query_that_fails_has_its_reason_in_its_section() -> None:
    page = render(Answers("g", failures={"drift-over-time": "PERMISSION_DENIED: no"}), NOW)
    assert "The query <code>drift-over-time</code> failed: PERMISSION_DENIED: no" in page


class Groups:
    """Athena's work groups, and a query that never ends."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def can_paginate(self, _: str) -> bool:
        return False

    def list_work_groups(self) -> dict[str, Any]:
        return {"WorkGroups": [{"Name": name} for name in self.names]}


@pytest.mark.parametrize(
    ("names", "wanted", "words"),
    [
        (["primary"], None, "no insight stack is deployed here"),
        (["a-insight", "b-insight"], None, "there are a-insight, b-insight; choose one with --work-group"),
        (["primary"], "other", "there is no work group 'other'; there are primary"),
    ],
    ids=["none", "two", "unknown"],
)
def test_says_which_work_group_it_needs(names: list[str], wanted: str | None, words: str) -> None:
    with pytest.raises(UserError, match=re.escape(words)):
        work_group(Groups(*names), wanted)


def test_a_query_without_end_is_given_up(root: tuple[Path, Cloud]) -> None:
    client = connect(root[1], "athena")
    try:
        ticks = iter(range(0, 100_000, 400))
        athena = Athena(
            client, "stepmill-dev-insight", sleep=lambda _: None, clock=lambda: float(next(ticks))
        )
        athena._client = Stuck(client)
        answers = athena.answers(0)
    finally:
        client.close()
    assert set(answers.failures.values()) == {"no answer within 300 s"}


class Stuck:
    """Athena whose queries stay in their queue."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        return {"QueryExecution": {"Status": {"State": "QUEUED"}}}


@pytest.mark.parametrize("count", ["-1", "101"])
def test_refuses_a_number_of_alerts_that_is_not_kept(root: tuple[Path, Cloud], count: str) -> None:
    with pytest.raises(UserError, match="--alerts is"):
        run(root[0], "--alerts", count)
