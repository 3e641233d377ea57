"""The part of Glue's own library that Python shell scripts use; Spark's half is not here."""
