"""JSONPath, payload templates and intrinsic functions, each compiled once when a definition is parsed."""
