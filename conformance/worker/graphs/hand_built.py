"""Layers of batch normalisation that people wrote by hand, around ExponentialMovingAverage."""

from ..missing import api


def initialized_by_feeds(tf, dtype, channels, use_resource, names, trainable):
    """A variable (channels,) for each name, whose initial value is fed by that name.

    Returns (variables, initial feeds), both by name.
    """
    initial = {name: tf.placeholder(dtype, [channels], name + "_initial") for name in names}
    variables = {
        name: tf.Variable(
            initial[name], name=name, trainable=name in trainable, use_resource=use_resource
        )
        for name in names
    }
    return variables, initial


class AssignedStatistics(object):
    """The helper class: the batch's statistics go into variables, and an EMA follows those."""

    def __init__(self, tf, variables, decay, epsilon, normalization):
        self.tf = tf
        self.mean = variables["mean"]
        self.variance = variables["variance"]
        self.beta = variables["beta"]
        self.gamma = variables["gamma"]
        self.epsilon = epsilon
        self.normalization = normalization
        self.ema = api(tf, "train.ExponentialMovingAverage")(decay)

    def follow(self):
        """The operation to run after the optimiser: averages move towards the statistics."""
        return self.ema.apply([self.mean, self.variance])

    def train(self, x):
        """Normalise by the batch, once its statistics are assigned."""
        mean, variance = api(self.tf, "nn.moments")(x, [0, 1, 2])
        assigned = [self.tf.assign(self.mean, mean), self.tf.assign(self.variance, variance)]
        with self.tf.control_dependencies(assigned):
            return self.normalize(x, mean, variance, self.beta, self.gamma)

    def infer(self, x):
        """Normalise by the averages; only after `follow` has been called."""
        return self.normalize(
            x,
            self.ema.average(self.mean),
            self.ema.average(self.variance),
            self.tf.identity(self.beta),
            self.tf.identity(self.gamma),
        )

    def normalize(self, x, mean, variance, beta, gamma):
        """By tf.nn.batch_normalization, or by the older form of it."""
        if self.normalization == "batch_normalization":
            function = api(self.tf, "nn.batch_normalization")
            return function(x, mean, variance, beta, gamma, self.epsilon)
        function = api(self.tf, "nn.batch_norm_with_global_normalization")
        return function(
            x, mean, variance, beta, gamma, self.epsilon, scale_after_normalization=True
        )


def assigned_statistics(tf, dtype, use_resource, channels, decay, epsilon, rate, normalization):
    """Train beta and gamma by gradient descent on sum(y * target), then move the averages.

    ``train`` is one step: statistics assigned, then the optimiser, then the averages.
    """
    feeds = {
        name: tf.placeholder(dtype, [None, None, None, channels], name) for name in ("x", "target")
    }
    trainable = ("beta", "gamma")
    variables, initial_feeds = initialized_by_feeds(
        tf, dtype, channels, use_resource, ("mean", "variance") + trainable, trainable
    )
    layer = AssignedStatistics(tf, variables, decay, epsilon, normalization)
    y_train = layer.train(feeds["x"])
    loss = tf.reduce_sum(y_train * feeds["target"])
    stepped = api(tf, "train.GradientDescentOptimizer")(rate).minimize(loss)
    with tf.control_dependencies([stepped]):
        train = layer.follow()
    fetches = dict(variables)
    fetches.update(
        y_train=y_train,
        train=train,
        y_inference=layer.infer(feeds["x"]),
        average_mean=layer.ema.average(layer.mean),
        average_variance=layer.ema.average(layer.variance),
    )
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": fetches,
        "facts": {"trained": [one.op.name for one in tf.trainable_variables()]},
        "initializers": [tf.variables_initializer(list(variables.values()))],
    }


def branches(tf, dtype, use_resource, channels, axes, decay, epsilon):
    """``batch_norm(x, is_training)``: an EMA is applied in one branch of a cond, read in the other.

    Fetches ``y``, the batch's ``mean`` and ``variance``, and the averages of both.
    """
    feeds = {
        "x": tf.placeholder(dtype, [None] * len(axes) + [channels], "x"),
        "is_training": tf.placeholder(tf.bool, [], "is_training"),
    }
    trainable = ("beta", "gamma")
    variables, initial_feeds = initialized_by_feeds(
        tf, dtype, channels, use_resource, trainable, trainable
    )
    mean, variance = api(tf, "nn.moments")(feeds["x"], axes)
    ema = api(tf, "train.ExponentialMovingAverage")(decay)

    def of_batch():
        with tf.control_dependencies([ema.apply([mean, variance])]):
            return tf.identity(mean), tf.identity(variance)

    def of_averages():
        return ema.average(mean), ema.average(variance)

    with tf.variable_scope("", use_resource=use_resource):
        used = api(tf, "cond")(feeds["is_training"], of_batch, of_averages)
    y = api(tf, "nn.batch_normalization")(
        feeds["x"], used[0], used[1], variables["beta"], variables["gamma"], epsilon
    )
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": {
            "y": y,
            "mean": mean,
            "variance": variance,
            "average_mean": ema.average(mean),
            "average_variance": ema.average(variance),
        },
    }
