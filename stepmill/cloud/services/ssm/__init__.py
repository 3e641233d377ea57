"""SSM Parameter Store.

Not done here: labels, parameter policies, `aws:ssm:integration` data types, cross-account sharing, and
KMS: a SecureString lies in the cloud's private store as it is, and is only masked for who does not ask
for decryption. Other parts of Systems Manager fall through to moto.
"""

from stepmill.cloud.services.ssm import listing, parameters, tags
from stepmill.cloud.services.ssm.tables import SERVICE

__all__ = ["SERVICE", "listing", "parameters", "tags"]
