"""How checks end, for the test that asked for them."""

import traceback


def outcome(check, *arguments):
    """Nothing, or why a check failed."""
    try:
        check(*arguments)
        return None
    except Exception:  # pylint: disable=broad-except
        return traceback.format_exc()
