"""The data of a training: useless ones cost no job, and which versions were read is written down.

$.data {objects_uri, objects_sha256}: the list of all files with their versions, and the sha256 of it.
"""

from statemachines.fragments import jobs
from statemachines.fragments.tasks import function
from stepmill.asl import State, Task, path

# What may be of any form within: no rule of a machine looks into it.
FREE = ("hyperparameters", "training_instance_types", "tuning")


def check(what_failed: State) -> Task:
    listed = ("objects_uri", "objects_sha256")
    return function(
        "CheckData",
        payload={
            "data_uri": path("$.config.data_uri"),
            "target": path("$.config.target"),
            "objects_uri": jobs.in_run("data"),
            "listed_sha256": None,
            "preprocess_step": path("$.config.preprocess_step"),
            "settings": {name: path(f"$.config.{name}") for name in FREE},
        },
        result_selector={name: path(f"$.Payload.{name}") for name in listed},
        result_path="$.data",
        on_error=what_failed,
        comment="What the head of each file shows costs no job; the versions of all are written down",
    )


def list_again(what_failed: State) -> Task:
    """$.data_again {unchanged}: whether the job has read the versions that were listed before it."""
    return function(
        "ListDataAgain",
        function_arn="${CheckDataArn}",
        payload={
            "data_uri": path("$.config.data_uri"),
            "target": None,
            "objects_uri": jobs.in_run("data"),
            "listed_sha256": path("$.data.objects_sha256"),
            "preprocess_step": None,
            "settings": None,
        },
        result_selector={"unchanged": path("$.Payload.unchanged")},
        result_path="$.data_again",
        on_error=what_failed,
        comment="A file may have been replaced while the job read it",
    )
