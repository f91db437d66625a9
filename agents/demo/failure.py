"""Why the demo could not go on."""


class DemoFailed(Exception):
    """The message is one sentence for whoever sits in front of the screen."""
