"""How a run may end other than well."""


class RunFailed(Exception):
    """The text is the run's ErrorMessage."""


class RunStopped(Exception):
    """Somebody asked for it."""


class RunTimedOut(Exception):
    """Its time was over."""
