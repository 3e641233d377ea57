"""The jobs that a task can wait for (.sync): how each is begun, looked at, heard of and stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobKind:
    """A SageMaker job, whose creator gives its name; the other services' kinds differ where they say so."""

    name: str
    service = "sagemaker"
    ended = frozenset({"Completed", "Failed", "Stopped"})
    success = "Completed"

    @property
    def event(self) -> str:
        return f"SageMaker {self.name.replace('Tuning', ' Tuning')} Job State Change"

    @property
    def look(self) -> str:
        return f"Describe{self.name}Job"

    @property
    def halt(self) -> str:
        return f"Stop{self.name}Job"

    def job_name(self, params: Mapping[str, Any], _answer: Mapping[str, Any] | None) -> str | None:
        """What tells the job from others; None when only the answer can tell and it has not come yet."""
        return str(params[f"{self.name}JobName"])

    def looking(self, _params: Mapping[str, Any], job_name: str) -> dict[str, Any]:
        """The parameters of `look`."""
        return {f"{self.name}JobName": job_name}

    def halting(self, params: Mapping[str, Any], job_name: str) -> dict[str, Any]:
        """The parameters of `halt`."""
        return self.looking(params, job_name)

    def heard(self, detail: Mapping[str, Any]) -> tuple[Any, Any]:
        """Job and status of an event."""
        return detail.get(f"{self.name}JobName"), detail.get(f"{self.name}JobStatus")

    def status(self, answer: Mapping[str, Any]) -> str:
        return str(answer[f"{self.name}JobStatus"])

    def result(self, output: Any) -> Any:
        """The task's result in the answer of `look`."""
        return output


class GlueRun(JobKind):
    """A run of a Glue job: StartJobRun's answer names it."""

    service = "glue"
    ended = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})
    success = "SUCCEEDED"
    event = "Glue Job State Change"
    look = "GetJobRun"
    halt = "BatchStopJobRun"

    def job_name(self, _params: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str | None:
        return answer["JobRunId"] if answer else None

    def looking(self, params: Mapping[str, Any], job_name: str) -> dict[str, Any]:
        return {"JobName": params["JobName"], "RunId": job_name}

    def halting(self, params: Mapping[str, Any], job_name: str) -> dict[str, Any]:
        return {"JobName": params["JobName"], "JobRunIds": [job_name]}

    def heard(self, detail: Mapping[str, Any]) -> tuple[Any, Any]:
        return detail.get("jobRunId"), detail.get("state")

    def status(self, answer: Mapping[str, Any]) -> str:
        return str(answer["JobRun"]["JobRunState"])

    def result(self, output: Any) -> Any:
        return output["JobRun"]


class AthenaQuery(JobKind):
    """A query: StartQueryExecution's answer names it."""

    service = "athena"
    ended = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
    success = "SUCCEEDED"
    event = "Athena Query State Change"
    look = "GetQueryExecution"
    halt = "StopQueryExecution"

    def job_name(self, _params: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str | None:
        return answer["QueryExecutionId"] if answer else None

    def looking(self, _params: Mapping[str, Any], job_name: str) -> dict[str, Any]:
        return {"QueryExecutionId": job_name}

    def heard(self, detail: Mapping[str, Any]) -> tuple[Any, Any]:
        return detail.get("queryExecutionId"), detail.get("currentState")

    def status(self, answer: Mapping[str, Any]) -> str:
        return str(answer["QueryExecution"]["Status"]["State"])


_SAGEMAKER = ("Training", "Processing", "Transform", "HyperParameterTuning")
KINDS: dict[str, JobKind] = {
    **{f"Create{name}Job": JobKind(name) for name in _SAGEMAKER},
    "StartJobRun": GlueRun("JobRun"),
    "StartQueryExecution": AthenaQuery("Query"),
}
