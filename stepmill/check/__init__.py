"""Proves before deployment that a machine will not fail for a wrong path, parameter, name or permission."""
