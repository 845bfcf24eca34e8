"""The worker on a real TensorFlow: its pipes, its graphs and sessions, and the errors it tells."""

from __future__ import annotations

import sys

import ml_dtypes
import numpy as np
import pytest
from conftest import make_subject, with_graphs

from conformance.subject import ApiMissing
from conformance.trace import graphs, step, trace

# What a program may do to its own pipes when it is set up.
NOISE = """\
import os, subprocess, sys
print("printed by the set-up file")
os.write(1, b"written to descriptor 1\\n")
subprocess.check_call(["echo", "echoed by a process it started"])
# Would take the driver's next request, and wait for it for ever, had it the protocol's input.
assert subprocess.check_output(["cat"]) == b""
assert sys.stdin.read() == ""
"""

BUILDERS = """\
import numpy as np

built = []

def echo(tf, dtypes):
    feeds = {name: tf.placeholder(name, None, name) for name in dtypes}
    return {"feeds": feeds, "fetches": {name: tf.identity(feeds[name]) for name in feeds}}

def counter(tf, start):
    built.append(start)
    given = tf.placeholder(tf.float32, [], "given")
    count = tf.Variable(start, name="count", dtype=tf.float32)
    total = tf.Variable(given, name="total")
    fed = tf.placeholder(tf.float32, [], "fed")
    return {
        "feeds": {"by": fed},
        "initial_feeds": {"total": given},
        "fetches": {
            "count": count,
            "total": total,
            "raise": tf.group(tf.assign_add(count, 1.0), tf.assign_add(total, fed)),
            "noise": tf.random_uniform([], seed=3),
        },
        "facts": {"built": len(built), "names": [one.op.name for one in tf.global_variables()]},
    }

def loud(tf):
    def shout(x):
        print("printed while running", flush=True)
        return x
    x = tf.placeholder(tf.float32, None, "x")
    return {"feeds": {"x": x}, "fetches": {"y": tf.py_func(shout, [x], tf.float32)}}

def refused(tf):
    return {"fetches": {"y": tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))}}

def no_kernel(tf):
    x = tf.placeholder(tf.bfloat16, [1], "x")
    return {"feeds": {"x": x}, "fetches": {"y": tf.lgamma(x)}}

def no_such_api(tf):
    from tf_litmus_worker.missing import api
    return {"fetches": {"y": api(tf, "no_such.function")()}}

def fails_when_initialized(tf):
    given = tf.placeholder(tf.float32, None, "given")
    variable = tf.Variable(tf.check_numerics(given, "not finite"), validate_shape=False)
    return {"initial_feeds": {"v": given}, "fetches": {"v": variable}}

def set_first(tf):
    value = tf.placeholder(tf.float32, [], "value")
    variable = tf.Variable(1.0)
    return {
        "feeds": {"value": value},
        "fetches": {"v": variable, "set": tf.assign(variable, value).op},
        "initialize": False,
    }

def fails_when_run(tf):
    x = tf.placeholder(tf.float32, None, "x")
    return {"feeds": {"x": x}, "fetches": {"y": tf.check_numerics(x, "not finite")}}

def of_strings(tf):
    whole = tf.constant(b"ends in zeros\\0\\0")
    return {"fetches": {"whole": whole, "two": tf.constant([b"a", b"\\0"])}}

def devices(tf):
    def count(session):
        return np.array(sum(":CPU:" in one.name for one in session.list_devices()))
    return {"fetches": {"count": count}}

def with_the_session(tf):
    v = tf.Variable(1.0)
    raised = tf.assign_add(v, 1.0)
    def twice(session):
        session.run(raised)
        return session.run(raised)
    def default_graph(session):
        return np.array(tf.get_default_graph() is session.graph)
    return {"fetches": {"v": v, "twice": twice, "default_graph": default_graph}}

def reduced(tf, threads):
    if threads:
        with tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=threads)):
            pass
    x = tf.placeholder(tf.float32, [None], "x")
    return {"feeds": {"x": x}, "fetches": {"sum": tf.reduce_sum(x)}}

def behaviour(tf):
    return {
        "facts": {
            "sizes_are_objects": hasattr(tf.TensorShape([1])[0], "value"),
            "reference_variables": bool(tf.Variable(1.0).dtype._is_ref_dtype),
        }
    }
"""

one = np.float32(1)


@pytest.fixture(scope="module")
def started(tensorflow_python):
    """Both profiles: TensorFlow is imported by one worker while the other is tested."""
    both = {
        profile: make_subject(tensorflow_python, NOISE + with_graphs(BUILDERS), profile)
        for profile in ("legacy", "v2")
    }
    for subject in both.values():
        subject.start()
    yield both
    for subject in both.values():
        subject.close()


@pytest.fixture
def subject(started):
    started["legacy"].begin_check()
    return started["legacy"]


def test_the_subject_says_what_it_is(subject):
    told = subject.fingerprint
    assert told["profile"] == "legacy"
    assert told["threads"] == {"intra": 1, "inter": 2}
    assert told["grappler"] is True
    assert told["tensorflow"].split(".")[0] in ("1", "2")
    assert told["python"].count(".") == 2
    assert set(told["keras"]) == {"flavour", "version"}
    assert told["package"] is None


@pytest.mark.parametrize("fresh", [False, True])
def test_strings_keep_their_zeros(subject, fresh):
    (values,) = subject.run(
        graphs.added.of_strings(), trace(step("whole", "two"), fresh=fresh)
    ).steps
    assert values["whole"].item() == b"ends in zeros\0\0"
    assert values["two"].tolist() == [b"a", b"\0"]


@pytest.mark.parametrize("profile", ["legacy", "v2"])
@pytest.mark.parametrize("fresh", [False, True])
def test_a_function_is_called_with_the_session(started, profile, fresh):
    started[profile].begin_check()
    run = trace(step("twice", "default_graph"), step("v"), fresh=fresh)
    values = started[profile].run(graphs.added.with_the_session(), run).steps
    assert values[0]["twice"] == values[1]["v"] == 3
    assert values[0]["default_graph"]


def test_a_graph_may_have_several_cpus(subject):
    spec = graphs.added.devices()
    (one,), (two,) = (
        subject.run(each, trace(step("count"))).steps for each in (spec, spec.with_session(cpus=2))
    )
    assert (one["count"], two["count"]) == (1, 2)


def test_a_session_that_a_graph_opens_first_leaves_the_threads_alone(
    subject, subjects, tensorflow_python
):
    another = subjects(tensorflow_python, with_graphs(BUILDERS))
    given = trace(step("sum", x=np.linspace(0, 1, 1_000_000, dtype=np.float32) ** 3))
    (expected,) = subject.run(graphs.added.reduced(threads=0), given).steps
    (opened_first,) = another.run(graphs.added.reduced(threads=4), given).steps
    assert opened_first["sum"] == expected["sum"]


def test_what_a_program_prints_stays_off_the_protocol(subject):
    assert subject.fingerprint
    observed = subject.run(graphs.added.loud(), trace(step("y", x=one)))
    assert observed.steps[0]["y"] == 1
    printed = subject.worker.stderr_tail
    for line in (
        "printed by the set-up file",
        "written to descriptor 1",
        "echoed by a process it started",
        "printed while running",
    ):
        assert line in printed


@pytest.mark.parametrize(
    "array",
    [
        np.float32([[1, -0.0, np.nan], [np.inf, -np.inf, 1e-45]]),
        np.float64(np.pi),
        np.arange(6, dtype=np.int64).reshape(2, 3).T,
        np.zeros((0, 3), np.float16),
        np.array([True, False]),
        np.array([1.5, np.nan, -0.0], ml_dtypes.bfloat16),
        np.complex64([1 + 2j]),
        np.array(["grün", ""], object),
        np.array([[1, 2]], ">f4"),
        np.arange(1_000_000, dtype=np.float32),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_arrays_go_to_tensorflow_and_back(subject, array):
    name = "string" if array.dtype == object else array.dtype.name
    observed = subject.run(graphs.added.echo(dtypes=[name]), trace(step(name, **{name: array})))
    assert observed.error is None
    got = observed.steps[0][name]
    wanted = array.astype(array.dtype.newbyteorder("<")) if name != "string" else array
    assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
    if name == "string":
        assert got.tolist() == ["grün".encode(), b""]
    else:
        assert got.tobytes() == wanted.tobytes()


def test_a_graph_is_built_once(subject):
    run = trace(step("count"), init={"total": one})
    first = subject.run(graphs.added.counter(start=1.0), run).facts
    assert subject.run(graphs.added.counter(start=1.0), run).facts == first
    assert first["names"] == ["count", "total"]
    other = subject.run(graphs.added.counter(start=2.0), run).facts
    assert other["built"] == first["built"] + 1
    settings = graphs.added.counter(start=1.0).with_session(grappler=False)
    assert subject.run(settings, run).facts["built"] == first["built"] + 2


def test_every_trace_starts_from_its_own_initial_values(subject):
    spec = graphs.added.counter(start=1.0)
    look = step("count", "total")
    for initial in (np.float32(10), np.float32(20)):
        observed = subject.run(
            spec,
            trace(look, step("raise", by=one), look, step("raise", by=initial), look,
                  init={"total": initial}),
        )  # fmt: skip
        seen = [(float(s["count"]), float(s["total"])) for s in observed.steps if s]
        assert seen == [(1, initial), (2, initial + 1), (3, 2 * initial + 1)]


def test_an_operation_has_no_value(subject):
    observed = subject.run(
        graphs.added.counter(start=1.0), trace(step("raise", by=one), init={"total": one})
    )
    assert observed.steps == ({},)


def test_a_fresh_trace_has_a_session_of_its_own(subject):
    """An operation's own random state lives as long as its session."""
    spec = graphs.added.counter(start=1.0)
    noise = {
        fresh: [
            float(
                subject.run(spec, trace(step("noise"), init={"total": one}, fresh=fresh)).steps[0][
                    "noise"
                ]
            )
            for _ in range(2)
        ]
        for fresh in (True, False)
    }
    assert noise[True][0] == noise[True][1]
    assert noise[False][0] != noise[False][1]


def test_an_api_the_release_lacks_is_missing(subject):
    with pytest.raises(ApiMissing, match=r"tf\.no_such\.function: .*no_such"):
        subject.run(graphs.added.no_such_api(), trace())


def test_a_dtype_without_a_kernel_is_missing(subject):
    x = np.ones(1, ml_dtypes.bfloat16)
    with pytest.raises(ApiMissing, match="No OpKernel was registered"):
        subject.run(graphs.added.no_kernel(), trace(step("y", x=x)))


def test_an_error_when_building_is_told(subject):
    error = subject.run(graphs.added.refused(), trace(step("y"))).error
    assert (error.type, error.during) == ("ValueError", "build")
    assert "Dimensions must be equal" in error.message


def test_an_error_when_initializing_is_told(subject):
    bad = np.float32(np.nan)
    error = subject.run(
        graphs.added.fails_when_initialized(), trace(step("v"), init={"v": bad})
    ).error
    assert (error.type, error.during) == ("InvalidArgumentError", "initialize")
    assert "not finite" in error.message


def test_what_the_first_step_sets_is_not_initialized(subject):
    spec = graphs.added.set_first()
    assert subject.run(spec, trace(step("v"))).error.type == "FailedPreconditionError"
    observed = subject.run(spec, trace(step("set", value=one), step("v")))
    assert observed.steps[1]["v"] == one


def test_nothing_is_initialized_for_no_steps(subject):
    assert subject.run(graphs.added.fails_when_initialized(), trace()).error is None


def test_an_error_when_running_keeps_the_steps_before_it(subject):
    spec = graphs.added.fails_when_run()
    observed = subject.run(
        spec, trace(step("y", x=one), step("y", x=np.float32(np.inf)), step("y", x=one))
    )
    assert (observed.error.type, observed.error.during) == ("InvalidArgumentError", "step 1")
    assert len(observed.steps) == 1
    assert subject.run(spec, trace(step("y", x=one))).error is None


def test_profiles_differ_as_tensorflow_says(started):
    told = {
        profile: subject.run(graphs.added.behaviour(), trace()).facts
        for profile, subject in started.items()
    }
    of_1 = {"sizes_are_objects": True, "reference_variables": True}
    of_2 = {"sizes_are_objects": False, "reference_variables": False}
    has_2 = started["v2"].fingerprint["tensorflow"].startswith("2")
    assert told == {"legacy": of_1, "v2": of_2 if has_2 else of_1}


def test_the_driver_has_not_imported_tensorflow(subject):
    assert subject.fingerprint
    assert "tensorflow" not in sys.modules


def test_least_recently_used_graphs_are_dropped(subjects, stub_python):
    subject = subjects(
        stub_python,
        with_graphs(
            "from tf_litmus_worker.graph_sessions import KEPT_GRAPHS\n"
            "built = []\n"
            "def numbered(tf, number):\n"
            "    built.append(number)\n"
            "    return {'facts': {'built': len(built), 'kept': KEPT_GRAPHS}}\n"
        ),
    )

    def facts(number: int) -> dict[str, int]:
        return subject.run(graphs.added.numbered(number=number), trace()).facts

    kept = facts(0)["kept"]
    assert [facts(number)["built"] for number in range(kept)] == list(range(1, kept + 1))
    assert facts(0)["built"] == 1
    assert facts(kept)["built"] == kept + 1
    assert facts(0)["built"] == 1  # used since
    assert facts(1)["built"] == kept + 2
