"""What an error says, in one line."""


def one_line(error):
    """Return the line of an error's text that says what is wrong.

    TensorFlow's first line is not always the one: since 2.7 it tells first where the node was made,
    and when several nodes failed it numbers their messages.
    """
    lines = [line.strip() for line in str(error).strip().split("\n")]
    for index, line in enumerate(lines[:-1]):
        if line.startswith("Node: "):
            return lines[index + 1]
        if line.endswith("root error(s) found."):
            return lines[index + 1].replace("(0) ", "", 1)
    return lines[0]
