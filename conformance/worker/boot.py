"""The first code a subject's Python runs: take over the pipes and import the worker from memory.

The driver starts ``python -u -c BOOTSTRAP`` and sends this file's text; it is executed with
``stdin`` bound to the protocol's input. What follows on the pipe is one JSON line: the sources of
every worker module and the settings of this subject.
"""

import importlib.abc
import importlib.util
import json
import linecache
import os
import sys


class _FromMemory(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the worker's modules from the text the driver sent."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self.sources:
            return None
        return importlib.util.spec_from_loader(
            fullname, self, is_package=self.sources[fullname]["package"]
        )

    def is_package(self, fullname):
        return self.sources[fullname]["package"]

    def get_source(self, fullname):
        return self.sources[fullname]["text"]

    def exec_module(self, module):
        name = module.__name__
        text = self.sources[name]["text"]
        filename = "<tf-litmus %s>" % name
        # So that tracebacks, and inspect.getsource (autograph calls it), find the text.
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        exec(compile(text, filename, "exec"), module.__dict__)


def take_over(stdin):
    """Run the worker on this process' pipes; never returns."""
    # TensorFlow, and anything a set-up file prints, may write to file descriptor 1: it goes to
    # stderr from here on, and the protocol keeps the only copy of the real one.
    protocol_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    settings = json.loads(stdin.readline().decode("utf-8"))
    # Nor may a process they start read from the protocol. Nothing is lost in the old stream's
    # buffer: the driver sends no request before it has heard from the worker.
    protocol_in = os.fdopen(os.dup(0), "rb")
    sys.stdin = open(os.devnull)
    os.dup2(sys.stdin.fileno(), 0)
    os.environ.update(settings["env"])
    sys.meta_path.insert(0, _FromMemory(settings.pop("sources")))
    from tf_litmus_worker import main

    main.serve(protocol_in, protocol_out, settings)
    sys.stderr.flush()
    # Not sys.exit: TensorFlow's threads and atexit handlers have no say in when a worker ends.
    os._exit(0)


take_over(stdin)
