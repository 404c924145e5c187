"""Start: prepare the database, then answer."""

from api.application import Api
from api.prepare import prepare
from api.server import serve
from api.settings import from_environment


def main() -> None:
    """Run until the container is stopped."""
    settings = from_environment()
    prepare(settings)
    print("ready to answer", flush=True)
    serve(Api(settings), settings.port)


if __name__ == "__main__":
    main()
