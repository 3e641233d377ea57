"""What a user did wrong, in words that say what to do."""


class UserError(Exception):
    """Ends the command with exit code 2 and this message alone; a traceback only with --debug."""
