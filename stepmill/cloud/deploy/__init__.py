"""Deploys SAM and CloudFormation templates to the embedded cloud.

What it does not do: change sets, drift, stack policies, macros other than SAM's, Fn::Cidr,
Fn::GetAZs, Fn::Transform. A resource type, property or function it does not know is refused by name
before anything is created.
"""

from stepmill.cloud.deploy.errors import TemplateError

__all__ = ["TemplateError"]
