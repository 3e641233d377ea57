"""Just enough CBOR to word an error for clients of Smithy's RPC protocol."""


def text_map(values: dict[str, str]) -> bytes:
    return head(5, len(values)) + b"".join(text(key) + text(value) for key, value in values.items())


def text(value: str) -> bytes:
    data = value.encode()
    return head(3, len(data)) + data


def head(major: int, length: int) -> bytes:
    if length < 24:
        return bytes([major << 5 | length])
    return bytes([major << 5 | 26]) + length.to_bytes(4, "big")
