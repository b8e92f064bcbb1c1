"""Functions that only the start calls are not kept for the years after it."""


def forget_start_code() -> None:
    """Forget the functions that nothing calls once the app is built; nothing from sources.

    The builder of an image writes the body: tools/image/start_only.py finds these functions. Allocates: a tuple, for the moment.
    """
