"""How a trace sets a graph's variables: from feeds, by short names."""


def short_name(variable):
    """The last part of a variable's name, which says what it is to its layer."""
    return variable.op.name.split("/")[-1]


def setting(tf, variables, feeds, name_of=short_name):
    """An operation that assigns each variable from the feed ``set_`` and its short name."""
    setters = []
    for variable in variables:
        name = "set_" + name_of(variable)
        feeds[name] = tf.placeholder(variable.dtype.base_dtype, variable.shape)
        setters.append(tf.assign(variable, feeds[name]).op)
    return tf.group(*setters)


def settable(tf, feeds, fetches, name_of=short_name):
    """Fetch every global variable by its short name, and ``set``, which assigns them feeds.

    Without ``initialize`` that has to be the first step.
    """
    variables = tf.global_variables()
    fetches.update((name_of(one), one) for one in variables)
    fetches["set"] = setting(tf, variables, feeds, name_of)
