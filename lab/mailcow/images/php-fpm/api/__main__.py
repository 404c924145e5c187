"""Start: prepare the database, then answer."""

import os
import signal

from api.application import Api
from api.prepare import prepare
from api.server import serve
from api.settings import from_environment


def main() -> None:
    """Run until the container is stopped."""
    # The first process of a container gets no default handler: without this, stopping takes Docker's full patience.
    # At once, and not by an exception: that would wait for threads, and could be caught on its way.
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    settings = from_environment()
    prepare(settings)
    print("ready to answer", flush=True)
    serve(Api(settings), settings.port)


if __name__ == "__main__":
    main()
