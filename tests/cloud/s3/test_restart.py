from pathlib import Path

from stepmill.cloud.cloud import Cloud


def test_after_a_restart_objects_are_there_and_what_a_crash_left_is_not(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "r", port=0)
    cloud.call("s3", "CreateBucket", {"Bucket": "kept"})
    cloud.call("s3", "PutObject", {"Bucket": "kept", "Key": "x", "Body": b"bytes"})
    orphan = cloud.root / "s3" / "blobs" / "00" / "00orphan"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a crash")
    cloud.close()
    cloud = Cloud.start(tmp_path / "r", port=0)
    try:
        with cloud.call("s3", "GetObject", {"Bucket": "kept", "Key": "x"})["Body"] as body:
            assert body.read() == b"bytes"
        assert not orphan.exists()
    finally:
        cloud.close()
