"""Run the embedded cloud in the foreground and deploy a template to it. Ctrl-C stops it; its data stays.

  stepmill up                            ./template.yaml on http://127.0.0.1:4510, data in .stepmill/
  stepmill up --no-deploy --port 0       empty, on any free port
  stepmill up --root /tmp/second --port 4511   a second cloud beside the first

Prints one line to paste into a shell, after which boto3 and the aws CLI talk to this cloud. The other
commands find it by themselves when they run in the same folder.
"""

import argparse
import io
import json
import logging
import logging.handlers
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmill.cli.errors import UserError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

HELP = "run the embedded cloud here and deploy the template to it"
TEMPLATE = Path("template.yaml")
LOG_BYTES = 5 << 20
OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=4510, help="on 127.0.0.1; 0: any free one (default 4510)")
    parser.add_argument(
        "--root", type=Path, default=Path(".stepmill"), help="the data's folder (default .stepmill)"
    )
    parser.add_argument(
        "--region", default="us-east-1", help="the one region this cloud is (default us-east-1)"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--deploy", type=Path, metavar="TEMPLATE", help="deploy this one (default ./template.yaml if there)"
    )
    which.add_argument("--no-deploy", action="store_true", help="start without deploying anything")


def run(args: argparse.Namespace) -> int:
    check(args)
    from stepmill.cloud.cloud import Cloud
    from stepmill.cloud.root import CannotStart

    if isinstance(sys.stdout, io.TextIOWrapper):  # who reads through a pipe sees each line at once, too
        sys.stdout.reconfigure(line_buffering=True)
    stop = stop_on_signals()
    try:
        cloud = Cloud.start(args.root, port=args.port, region=args.region)
    except CannotStart as error:
        raise UserError(str(error)) from None
    log_to(args.root / "cloud.log")
    address = cloud.root / "cloud.json"
    try:
        announce(cloud, address)
        template = template_of(args)
        if template is not None:
            deployment = threading.Thread(target=deploy, args=(template, stop), name="deploy", daemon=True)
            deployment.start()
        stop.wait()
        is_cut_short = template is not None and deployment.is_alive()
        more = f" The next start goes on with the deployment of {template}." if is_cut_short else ""
        print(f"Stopping.{more}", flush=True)
    finally:
        address.unlink(missing_ok=True)
        cloud.close()
    return 0


def check(args: argparse.Namespace) -> None:
    """Raises: UserError."""
    if not 0 <= args.port <= 65_535:
        raise UserError(f"--port is {args.port}; allowed: 1 to 65535, and 0 for any free one")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", args.region):
        raise UserError(f"--region is {args.region!r}; write it like us-east-1")
    if args.region.startswith(OTHER_PARTITIONS):
        raise UserError(
            f"--region is {args.region!r}, of another partition; this cloud's ARNs begin with arn:aws, "
            "so name a region of that one"
        )
    if args.deploy is not None and not args.deploy.is_file():
        raise UserError(f"--deploy {args.deploy}: there is no such file")
    if args.root.exists() and not args.root.is_dir():
        raise UserError(f"--root {args.root} is not a folder; name one, or a place where one can be made")


def stop_on_signals() -> threading.Event:
    """Set by the first Ctrl-C or SIGTERM; the second ends the process at once (children die with it)."""
    stop = threading.Event()

    def on_signal(number: int, _frame: Any) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop


def log_to(path: Path) -> None:
    """Warnings also go to the terminal."""
    to_file = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    logger = logging.getLogger("stepmill")
    logger.setLevel(logging.INFO)
    logger.handlers = [to_file, to_terminal]


def announce(cloud: "Cloud", address: Path) -> None:
    from stepmill.cloud.root import write_private

    owner = cloud.keyring.owner
    about = {
        "endpoint_url": cloud.endpoint_url,
        "region": cloud.region,
        "account": cloud.account,
        "access_key_id": owner.access_key_id,
        "secret_access_key": owner.secret_access_key,
        "pid": os.getpid(),
    }
    write_private(address, json.dumps(about))
    variables = {
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_ACCESS_KEY_ID": owner.access_key_id,
        "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
        "AWS_DEFAULT_REGION": cloud.region,
    }
    os.environ |= variables  # for the deployment, which calls this cloud as any client does
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.pop("AWS_PROFILE", None)
    where = f"account {cloud.account}, {cloud.region}, data in {cloud.root}"
    print(f"Embedded cloud: {cloud.endpoint_url} ({where})")
    print("Paste into a shell for boto3 and the aws CLI; Ctrl-C here stops the cloud:")
    print("export " + " ".join(f"{key}={value}" for key, value in variables.items()), flush=True)


def template_of(args: argparse.Namespace) -> Path | None:
    if args.no_deploy:
        return None
    if args.deploy is not None:
        return Path(args.deploy)
    return TEMPLATE if TEMPLATE.is_file() else None


def deploy(template: Path, stop: threading.Event) -> None:
    """As `stepmill deploy` does. A template that cannot be deployed leaves the cloud running."""
    from stepmill.cli import deploy as command

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    try:
        code = command.run(parser.parse_args(["--template", str(template)]))
    except UserError as error:
        if not stop.is_set():
            print(f"stepmill up: {template} was not deployed: {error}", file=sys.stderr, flush=True)
        return
    except Exception:
        if stop.is_set():  # the cloud went away under it, as was asked
            return
        raise
    if code:
        print(f"stepmill up: {template} was not deployed; the cloud runs on", file=sys.stderr, flush=True)
