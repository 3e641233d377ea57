"""AWS's wire protocols over botocore's shapes, a server's side: json, query, rest-json and rest-xml.

Not spoken: ec2, event streams, and Smithy CBOR (only routed); such requests fall through to moto.
"""
