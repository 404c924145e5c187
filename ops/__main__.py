"""`python -m ops` is `mailstead`."""

from ops.cli import app

app(prog_name="mailstead")
