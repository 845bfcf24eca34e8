"""The worker's loop: one fingerprint, then one reply for every request."""

import gc
import linecache
import os
import traceback

import numpy as np

from . import fingerprint, frames
from .messages import one_line
from .missing import Missing


def serve(stdin, protocol_out, settings):
    """Import TensorFlow, say what it is, and answer requests until the driver closes the pipe."""

    def reply(header, arrays=()):
        protocol_out.write(frames.encode(header, arrays))
        protocol_out.flush()

    during = "import"
    try:
        tensorflow, tf = _import_tensorflow(settings["profile"])
        # It imports TensorFlow itself: what is wrong with that is told by now.
        from . import graph_sessions

        during = "setup"
        _set_up(settings["setup"])
    except BaseException as error:  # SystemExit too: the driver must hear why
        reply({"unavailable": _with_type(error), "during": during})
        return
    sessions = graph_sessions.GraphSessions(tf, settings)
    # What importing TensorFlow made stays: a collection needs to look at graphs alone. Python 3.6
    # has no way to say so.
    getattr(gc, "freeze", gc.collect)()
    reply({"fingerprint": fingerprint.fingerprint(tensorflow, tf, settings)})

    def dtype_named(name):
        return tf.bfloat16.as_numpy_dtype if name == "bfloat16" else np.dtype(name)

    def read(count):
        data = stdin.read(count)
        if len(data) != count:
            os._exit(0)  # the driver has closed the pipe: nobody is left to tell
        return data

    while True:
        request, arrays = frames.decode(read, dtype_named)
        try:
            header, values = sessions.run(request, arrays)
        except Missing as error:
            header, values = {"missing": str(error)}, []
        except Exception as error:
            header = {
                "error": {
                    "type": type(error).__name__,
                    "message": one_line(error),
                    "during": sessions.during,
                    "traceback": traceback.format_exc(),
                }
            }
            values = []
        reply(header, values)


def _import_tensorflow(profile):
    try:
        import tensorflow
    except ImportError as error:
        raise ImportError("no TensorFlow in this Python (%s)" % error)
    tf = getattr(tensorflow.compat, "v1", tensorflow)
    tf.logging.set_verbosity(tf.logging.ERROR)
    if profile == "legacy" and hasattr(tf, "disable_v2_behavior"):
        tf.disable_v2_behavior()
    return tensorflow, tf


def _set_up(setup):
    """Execute the user's set-up file; its errors name it and its line."""
    if setup is None:
        return
    linecache.cache[setup["filename"]] = (
        len(setup["text"]),
        None,
        setup["text"].splitlines(True),
        setup["filename"],
    )
    code = compile(setup["text"], setup["filename"], "exec")
    try:
        exec(code, {"__name__": "tf_litmus_setup", "__file__": setup["filename"]})
    except Exception as error:
        lines = [
            entry.lineno
            for entry in traceback.extract_tb(error.__traceback__)
            if entry.filename == setup["filename"]
        ]
        raise RuntimeError("line %d: %s" % (lines[-1], _with_type(error)))


def _with_type(error):
    return "%s: %s" % (type(error).__name__, one_line(error))
