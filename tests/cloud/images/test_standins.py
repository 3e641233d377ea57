"""The stand-ins for AWS's built-in algorithms: hyperparameters, data, and the registry that finds them."""

from pathlib import Path

import pytest

from stepmill.cloud.images.registry import UnknownImage, find_image
from stepmill.cloud.images.standins.contract import ClientError, check_names, number
from stepmill.cloud.images.standins.table import parse

ECR = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (f"{ECR}/sagemaker-xgboost:1.7-1", "xgboost"),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest", "xgboost"),
        ("382416733822.dkr.ecr.eu-central-1.amazonaws.com/linear-learner:1", "linear-learner"),
        (
            "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.2-1-cpu-py3",
            "scikit-learn",
        ),
    ],
)
def test_an_image_is_found_by_its_uri(tmp_path: Path, uri: str, name: str) -> None:
    assert find_image(uri, tmp_path).name == name


def test_an_unknown_image_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownImage, match=r"image 'a/b:1' has no local program; known are xgboost, .*images\.toml"
    ):
        find_image("a/b:1", tmp_path)


def test_the_users_images_come_first(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir(mode=0o755)
    (tmp_path / "images.toml").write_text(
        f"[[image]]\npattern = '.*xgboost.*'\nfolder = '{tmp_path / 'program'}'\ntrain = ['python3', "
        f"'/opt/program/t.py']\n"
    )
    found = find_image(f"{ECR}/sagemaker-xgboost:1.7-1", tmp_path)
    assert (found.train, found.folder) == (["python3", "/opt/program/t.py"], tmp_path / "program")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[image]\n", "is no TOML"),
        ("[[image]]\ntrain = ['x']", "image 1: pattern is missing"),
        ("[[image]]\npattern = '('", "no regular expression"),
        ("[[image]]\npattern = 'a'\nfolder = '/nowhere'", "folder /nowhere does not exist"),
        ("[[image]]\npattern = 'a'\ntrain = 'x'", "train is 'x'"),
    ],
)
def test_a_wrong_file_of_images_says_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "images.toml").write_text(text)
    with pytest.raises(UnknownImage, match=message):
        find_image("a", tmp_path)


def test_hyperparameters_are_refused_by_name() -> None:
    with pytest.raises(ClientError, match="Missing required hyperparameter: num_round"):
        check_names({}, {"num_round"}, {"num_round"})
    with pytest.raises(ClientError, match="Extraneous hyperparameter found: nmu_round; allowed: num_round"):
        check_names({"num_round": "1", "nmu_round": "2"}, {"num_round"}, {"num_round"})
    with pytest.raises(ClientError, match="Hyperparameter wd: value 'x' is no number"):
        number({"wd": "x"}, "wd", 0.0)
    with pytest.raises(ClientError, match="must be a number of at least 0"):
        number({"wd": "nan"}, "wd", 0.0, least=0.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"price,age\n1,2\n", "t.csv: row 1, column 1: 'price' is no number; a header is not allowed"),
        (b"1,2\n3\n", "t.csv: row 2: has 1 columns instead of 2"),
        (b"1,\n", "t.csv: row 1, column 2: '' is no number"),
        (b"1,inf\n", "t.csv: row 1, column 2: 'inf' is not finite"),
        (b"\xff\xfe1", "t.csv: is no UTF-8 text"),
        (b"1;2\n", "t.csv: row 1, column 1: '1;2' is no number"),
        (b"1,2\x00\n", "t.csv: row 1, column 2"),
    ],
)
def test_bad_data_is_named_by_file_row_and_column(data: bytes, message: str) -> None:
    with pytest.raises(ClientError) as caught:
        parse(data, "t.csv", allow_missing=False)
    assert str(caught.value).startswith(message)


def test_honest_data_is_read_whatever_its_line_ends_and_mark() -> None:
    assert parse(b"\xef\xbb\xbf1,2\r\n\r\n3, 4\n", "t.csv", allow_missing=False) == [[1.0, 2.0], [3.0, 4.0]]
