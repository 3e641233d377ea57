"""The table of SageMaker's images, against what AWS's own pages say, and the command that writes it."""

import pytest

from stacks import images

from .deployment import ROOT, deploy

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
PUBLISHED = {
    "us-east-1": ("683313688378", "382416733822", "683313688378"),
    "us-east-2": ("257758044811", "404615174143", "257758044811"),
    "us-west-2": ("246618743249", "174872318107", "246618743249"),
    "eu-west-1": ("141502667606", "438346466558", "141502667606"),
    "eu-central-1": ("492215442770", "664544806723", "492215442770"),
    "ap-northeast-1": ("354813040037", "351501993468", "354813040037"),
    "cn-north-1": ("450853457545", "390948362332", "450853457545"),
    "us-gov-west-1": ("414596584902", "226302683700", "414596584902"),
}


@pytest.mark.parametrize("region", PUBLISHED)
def test_the_table_has_the_published_accounts(region: str) -> None:
    row = deploy()["jobs"].template["Mappings"]["Images"][region]
    assert (row["Xgboost"], row["LinearLearner"], row["Sklearn"]) == PUBLISHED[region]


def test_the_table_covers_every_partition_and_all_three_images() -> None:
    table = deploy()["jobs"].template["Mappings"]["Images"]
    assert len(table) >= 37
    assert all(set(row) == set(images.IMAGES) for row in table.values())
    assert {region.split("-")[0] for region in table} == {
        "af",
        "ap",
        "ca",
        "cn",
        "eu",
        "il",
        "me",
        "sa",
        "us",
    }


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "683313688378.dkr.ecr.us-east-1.amazonaws.com"),
        ("aws-cn", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "414596584902.dkr.ecr.us-gov-west-1.amazonaws.com"),
    ],
)
def test_an_image_has_its_partitions_host(partition: str, host: str) -> None:
    parameters = deploy(partition)["tabular"].parameters
    assert parameters["XgboostImage"] == f"{host}/sagemaker-xgboost:1.7-1"
    assert parameters["SklearnImage"] == f"{host}/sagemaker-scikit-learn:1.2-1-cpu-py3"


class FakeUris:
    """sagemaker.image_uris of two regions, one of which lacks an image."""

    def __init__(self, tag: str = "1.7-1") -> None:
        self.tag = tag

    def config_for_framework(self, framework: str) -> dict[str, object]:
        registries = {"us-east-1": "1"} | ({} if framework == "sklearn" else {"xx-nowhere-1": "2"})
        version = next(row[1] for row in images.IMAGES.values() if row[0] == framework)
        return {"versions": {version: {"registries": registries}}}

    def retrieve(self, framework: str, region: str, version: str, **_: str) -> str:
        name = next(row[3] for row in images.IMAGES.values() if row[0] == framework)
        repository, tag = name.split(":")
        return f"123456789012.dkr.ecr.{region}.amazonaws.com/{repository}:{self.tag or tag}"


def test_writes_only_regions_that_have_every_image() -> None:
    assert "".join(images.table(FakeUris(tag=""))) == (
        "  Images:\n"
        '    us-east-1: {Xgboost: "123456789012", LinearLearner: "123456789012", Sklearn: "123456789012"}\n'
    )


def test_refuses_an_image_that_the_template_does_not_name() -> None:
    with pytest.raises(SystemExit, match=r"linear-learner in us-east-1 is .*, not linear-learner:1;"):
        "".join(images.table(FakeUris()))


def test_replaces_only_what_stands_between_the_marks() -> None:
    before = (ROOT / "stacks" / "jobs.yaml").read_text()
    after = images.replaced(before, "  Images: {}\n")
    assert after.split(images.BEGIN)[0] == before.split(images.BEGIN)[0]
    assert after.split(images.END)[1] == before.split(images.END)[1]
    assert images.BEGIN + "  Images: {}\n" + images.END in after


def test_refuses_a_template_without_marks() -> None:
    with pytest.raises(SystemExit, match=r"jobs\.yaml lacks the marks"):
        images.replaced("Resources: {}\n", "")
