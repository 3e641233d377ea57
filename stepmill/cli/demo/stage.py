"""Where a demo's plot is played: the deployed platform, what it does shown as it happens."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from stepmill.cli.demo import serving
from stepmill.cli.demo.serving import Mail

ADDRESS = "team@example.com"
STACK = "stepmill"
START_LIMIT_S = 60.0
MAIL_LIMIT_S = 30.0
Json = dict[str, Any]
Wanted = Callable[[Json], bool]


class PlotBroken(Exception):
    """Something that the demo cannot go on after; the message says what, and where to look."""


def any_input(_document: Json) -> bool:
    return True


class Stage:
    """`outputs` are the root stack's, once it is deployed."""

    def __init__(self, root: Path, console: Any, *, with_logs: bool) -> None:
        self.root = root
        self.console = console
        self.outputs: dict[str, str] = {}
        self._with_logs = with_logs
        self._session: Any = None
        self._endpoint_url = ""
        self._clients: dict[str, Any] = {}
        self._seen: set[str] = set()

    @property
    def session(self) -> Any:
        """boto3's, with the keys of the demo's own cloud, whatever the environment names."""
        if self._session is None:
            import boto3

            from stepmill.cli.session import running

            address = running(self.root)
            self._endpoint_url = address["endpoint_url"]
            self._session = boto3.Session(
                aws_access_key_id=address["access_key_id"],
                aws_secret_access_key=address["secret_access_key"],
                region_name=address["region"],
            )
        return self._session

    def client(self, service: str) -> Any:
        if service not in self._clients:
            session = self.session
            self._clients[service] = session.client(service, endpoint_url=self._endpoint_url)
        return self._clients[service]

    def chapter(self, title: str, about: str = "") -> None:
        self.console.print(f"\n[bold]{escape(title)}[/bold]")
        if about:
            self.console.print(f"[dim]{escape(about)}[/dim]")

    def done(self, what: str, place: str = "") -> None:
        """Something that has happened, in words; `place` has a line of its own that is never broken."""
        self._marked("[green]✓[/green]", what, place)

    def noted(self, what: str) -> None:
        """Something that people should look at."""
        self._marked("[yellow]✗[/yellow]", what)

    def failed(self, status: str, reason: str, execution_arn: str) -> None:
        """An execution that has not succeeded, and where to look."""
        self._marked("[red]✗[/red]", f"{status}: {reason}", f"stepmill history {execution_arn}")

    def _marked(self, mark: str, what: str, place: str = "") -> None:
        row = Table.grid(padding=(0, 1))
        row.add_row(mark, Text(what, overflow="fold"))
        self.console.print(row)
        if place:
            self.console.print(f"  [dim]{escape(place)}[/dim]", soft_wrap=True)

    def typed(self, command: str) -> None:
        """What a user would type."""
        first, *more = command.splitlines()
        self.console.print(f"[cyan]$ {escape(first)}[/cyan]", soft_wrap=True)
        for line in more:
            self.console.print(f"[cyan]  {escape(line)}[/cyan]", soft_wrap=True)

    def deploy(self, template: Path, parameters: dict[str, str], use_case: Path | None = None) -> None:
        """With the steps beside the file of a use case.

        Raises: UserError when the template is refused; DeployFailed.
        """
        from stepmill.cli.deploy import deploy
        from stepmill.cli.usecase.steps import archived

        others = archived(use_case, template) if use_case else {}
        given = {"NotificationEmail": ADDRESS, "PollIntervalS": "1"} | parameters
        with self.console.status(f"deploying {template}"):
            made = deploy(self.client, template, STACK, given, self.console.print, others)
        self.outputs = made.outputs
        where = f"with {use_case}" if use_case else "to the embedded cloud"
        self.done(f"{template} deployed {where} in {made.seconds:.1f} s")

    def upload(self, file: Path, prefix: str) -> str:
        """To the data bucket; its URI is returned."""
        bucket, key = self.outputs["DataBucketName"], f"{prefix}{file.name}"
        self.client("s3").upload_file(str(file), bucket, key)
        self.done(f"{file.name} uploaded", f"s3://{bucket}/{key}")
        return f"s3://{bucket}/{key}"

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        """Of the artefacts bucket."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.outputs["ArtifactsBucketName"], Prefix=prefix)
        return [one["Key"] for page in found for one in page.get("Contents", [])]

    def run(self, machine: str, document: Json) -> Json:
        """Start an execution, by hand, and follow it. `machine` is an output with its ARN."""
        arn = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs[machine], input=json.dumps(document)
        )["executionArn"]
        self._seen.add(arn)
        return self._follow(arn)

    def watch(self, machine: str, wanted: Wanted = any_input) -> Json:
        """The machine's next execution with a wanted input, which something else starts."""
        with self.console.status("waiting for the execution to begin"):
            arn = self._next_execution(machine, wanted)
        return self._follow(arn)

    def _follow(self, arn: str) -> Json:
        """DescribeExecution, shown until it was over."""
        from stepmill.cli.follow import follow
        from stepmill.cli.joblogs import JobLogs

        states = self.client("stepfunctions")
        logs = JobLogs(self.client("logs"), self.console) if self._with_logs else None
        try:
            return follow(states, arn, self.console, logs.began if logs else None)
        finally:
            if logs:
                logs.close()

    def _next_execution(self, machine: str, wanted: Wanted) -> str:
        """The one that has begun since the last; its event takes a moment."""
        states, deadline = self.client("stepfunctions"), time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            found = states.list_executions(stateMachineArn=self.outputs[machine])["executions"]
            for arn in (one["executionArn"] for one in reversed(found)):
                if arn not in self._seen and wanted(
                    json.loads(states.describe_execution(executionArn=arn)["input"])
                ):
                    self._seen.add(arn)
                    return str(arn)
            time.sleep(0.1)
        name = self.outputs[machine].rpartition(":")[2]
        raise PlotBroken(
            f"no execution of {name} began within {START_LIMIT_S:.0f} s; see {self.root}/cloud.log"
        )

    def parameters(self, below: str = "") -> dict[str, str]:
        """The exported names, without what they all begin with."""
        path = self.outputs["ParameterPrefix"] + below
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        return {one["Name"].rpartition("/")[2]: one["Value"] for page in pages for one in page["Parameters"]}

    def mails(self) -> list[Mail]:
        return serving.mails(self.root / "mail")

    def await_mail(self, wanted: Callable[[Mail], bool]) -> Mail | None:
        """The first that is wanted; None when it does not come."""
        deadline = time.monotonic() + MAIL_LIMIT_S
        with self.console.status("waiting for the mail"):
            while True:
                found = next((mail for mail in self.mails() if wanted(mail)), None)
                if found or time.monotonic() > deadline:
                    return found
                time.sleep(0.1)
