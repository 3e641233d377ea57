"""What `sam package` does: local artefacts go to an S3 bucket, the template names them there.

Keys are digests of the content: what has not changed is not uploaded again, and a changed template
differs from the stored one exactly where its artefacts changed.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from stepmill.cloud.deploy import template as templates
from stepmill.cloud.deploy.archive import ArtefactError, digest, zipped
from stepmill.cloud.deploy.errors import TemplateError

Upload = Callable[[str, bytes], None]  # key, content; leaves what is there already

# type -> (property, how it is packaged)
_ARTEFACTS = {
    "AWS::Serverless::Function": ("CodeUri", "zip"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "layer"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "text"),
    "AWS::Lambda::Function": ("Code", "zip"),
    "AWS::Lambda::LayerVersion": ("Content", "layer"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "text"),
    "AWS::CloudFormation::Stack": ("TemplateURL", "template"),
}
_PLAIN = {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion"}


class Package:
    """One run of packaging into `bucket`.

    `others` are files that a folder's archive has besides its own, by their names in it.
    """

    def __init__(
        self, bucket: str, upload: Upload, others: Mapping[Path, Mapping[str, Path]] | None = None
    ) -> None:
        self.bucket = bucket
        self._upload = upload
        self._others = {folder.resolve(): files for folder, files in (others or {}).items()}
        self._done: dict[Path, str] = {}

    def template(self, path: Path) -> dict[str, Any]:
        """The template at `path` with every local artefact uploaded and named by its place in S3.

        Raises: TemplateError naming every artefact that cannot be packaged.
        """
        if not path.is_file():
            raise TemplateError(f"{path}: is not there; name the template with --template")
        document = templates.parse(path.read_text("utf-8"), str(path))
        problems: list[str] = []
        default = document.get("Globals", {}).get("Function", {}).get("CodeUri")
        wanted = []
        for name, resource in document["Resources"].items():
            if not isinstance(resource, dict) or resource.get("Type") not in _ARTEFACTS:
                continue
            field, how = _ARTEFACTS[resource["Type"]]
            properties = resource.setdefault("Properties", {})
            value = properties.get(field)
            is_function = resource["Type"] == "AWS::Serverless::Function"
            if value is None and is_function and "InlineCode" not in properties:
                value = default
            if isinstance(value, str) and not value.startswith(("s3://", "https://", "http://")):
                wanted.append((f"{path}: {name}.{field}", resource, how, path.parent / value))
        with ThreadPoolExecutor(4) as pool:
            keys = pool.map(lambda one: self._try(one[2], one[3]), wanted)
            for (where, resource, _, _), key in zip(wanted, keys, strict=True):
                field = _ARTEFACTS[resource["Type"]][0]
                if isinstance(key, str):
                    resource["Properties"][field] = self._place(resource["Type"], field, key)
                else:
                    problems += [f"{where}: {problem}" for problem in key]
        if problems:
            raise TemplateError(problems)
        return document

    def upload_template(self, document: dict[str, Any]) -> str:
        """The key under which the packaged template stands."""
        return self._put(json.dumps(document, sort_keys=True).encode(), "template")

    def url(self, key: str) -> str:
        """Of a template: CloudFormation takes no s3:// address."""
        return f"https://s3.amazonaws.com/{self.bucket}/{key}"

    def _try(self, how: str, source: Path) -> str | list[str]:
        source = source.resolve()
        if source in self._done:
            return self._done[source]
        try:
            key = self._artefact(how, source)
        except ArtefactError as error:
            return [str(error)]
        except TemplateError as error:
            return error.problems
        self._done[source] = key
        return key

    def _artefact(self, how: str, source: Path) -> str:
        if not source.exists():
            raise ArtefactError(f"{source} is not there")
        if how == "template":
            return self.upload_template(self.template(source))
        if how == "text":
            return self._put(source.read_bytes(), source.suffix.lstrip(".") or "txt")
        if source.is_file():
            if source.suffix != ".zip":
                raise ArtefactError(f"{source} is a file; name its folder or a .zip")
            return self._put(source.read_bytes(), "zip")
        if how == "layer" and any(source.glob("*.py")) and not (source / "python").is_dir():
            raise ArtefactError(f"{source} has modules but no python/; a layer's modules stand under python/")
        return self._put(zipped(source, self._others.get(source)), "zip")

    def _put(self, content: bytes, suffix: str) -> str:
        key = f"{digest(content)}.{suffix}"
        self._upload(key, content)
        return key

    def _place(self, type_name: str, field: str, key: str) -> Any:
        if type_name in _PLAIN:
            return {"S3Bucket": self.bucket, "S3Key": key}
        if field in ("DefinitionUri", "DefinitionS3Location"):
            return {"Bucket": self.bucket, "Key": key}
        return self.url(key) if field == "TemplateURL" else f"s3://{self.bucket}/{key}"
