"""Fetches that act on a session in Python, and fetches of what they found."""


def telling(name, act, told):
    """The fetch ``name``, which calls ``act`` with the session, and fetches of what that found.

    ``act`` returns arrays by the names in ``told``, and by ``name`` what that fetch itself gives,
    if anything. They stay until ``name`` is fetched again.
    """
    found = {}

    def acting(session):
        found.update(act(session))
        return found.get(name)

    fetches = {one: lambda session, one=one: found[one] for one in told}
    fetches[name] = acting
    return fetches
