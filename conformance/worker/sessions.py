"""Sessions that a builder opens beside the one of its graph."""


def session_aside(tf):
    """A session of the default graph."""
    # Threads of its own: those of the process are of the first session that does not say so.
    return tf.Session(config=tf.ConfigProto(use_per_session_threads=True))
