"""Jobs that begin at the same moment share one prepared folder of packages and stand-ins."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stepmill.cloud.images.container import CONTAINER, STANDIN_PATH, box_of
from stepmill.cloud.images.registry import Image
from stepmill.cloud.sandbox.box import Limits

SIX = Image("six", "six", packages=["six"])


def test_the_folders_of_an_image_are_made_once_for_all_that_want_them_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            root = tmp_path / str(number)
            made = [
                pool.submit(box_of, SIX, root, root / "ml", ["true"], {}, Limits(1 << 30, 1 << 30))
                for _ in range(8)
            ]
            (folders,) = {tuple(sorted(one.result().binds.items())) for one in made}
            assert sorted(place for _, place in folders) == sorted([CONTAINER, STANDIN_PATH])
