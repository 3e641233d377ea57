"""AWS's wire protocols over botocore's shapes: json, query, rest-json and rest-xml, both directions of a server.

Not spoken: ec2, event streams, and Smithy CBOR (only routed); such requests fall through to moto.
"""
