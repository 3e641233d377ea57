"""Container images, answered by local programs (see `registry`)."""
