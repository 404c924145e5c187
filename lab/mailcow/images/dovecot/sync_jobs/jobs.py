"""The table imapsync: which jobs are due, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

from sync_jobs.report import Report

_CHECK_CERTIFICATE = "--sslargs1=SSL_verify_mode=1"
_DUE = (
    "SELECT * FROM imapsync WHERE active = 1 AND is_running = 0 AND (last_run IS NULL"
    " OR UNIX_TIMESTAMP(NOW()) - UNIX_TIMESTAMP(last_run) > mins_interval * 60) ORDER BY last_run, id"
)


@dataclass(frozen=True)
class Job:
    """One row; side 1 is the other provider, side 2 is ours."""

    number: int
    host1: str
    port1: int
    enc1: str
    user1: str
    password1: str = field(repr=False)
    user2: str
    subfolder2: str
    exclude: str
    maxage_days: int
    timeout1_s: int
    automap: bool
    subscribeall: bool
    skipcrossduplicates: bool
    """Whether a message that lies in two folders there comes once."""
    checks_certificate: bool
    """Whether the other server has to prove who it is; imapsync does not care unless it is told to."""
    dry: bool
    unknown: tuple[str, ...]
    """Switches that are on and that the stand-in does not have."""


class Table:
    """One connection to the database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def none_is_running(self) -> None:
        """Take back what a killed runner left."""
        self._run("UPDATE imapsync SET is_running = 0", {})

    def due(self) -> list[Job]:
        """Return the jobs whose time has come."""
        with self._connection.cursor() as cursor:
            cursor.execute(_DUE)
            return [_job(row) for row in cursor.fetchall()]

    def begin(self, job: Job) -> None:
        """Note that a job runs."""
        self._run(
            "UPDATE imapsync SET is_running = 1, success = NULL, exit_status = NULL WHERE id = %(id)s",
            {"id": job.number},
        )

    def end(self, job: Job, report: Report) -> None:
        """Note what became of a job."""
        self._run(
            "UPDATE imapsync SET returned_text = %(text)s, success = %(success)s, exit_status = %(status)s,"
            " last_run = NOW(), is_running = 0 WHERE id = %(id)s",
            {
                "id": job.number,
                "text": report.text(),
                "success": int(report.status == "EX_OK"),
                "status": report.status,
            },
        )

    def _run(self, statement: str, values: Mapping[str, Any]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)


def connect(environment: Mapping[str, str]) -> Table:
    """Connect with what mailcow's compose file tells the container.

    Raises:
        pymysql.err.MySQLError: the database does not answer.
    """
    return Table(
        pymysql.connect(
            unix_socket="/var/run/mysqld/mysqld.sock",
            user=environment["DBUSER"],
            password=environment["DBPASS"],
            database=environment["DBNAME"],
            charset="utf8mb4",
            autocommit=True,
            cursorclass=DictCursor,
        )
    )


def _job(row: Mapping[str, Any]) -> Job:
    return Job(
        number=row["id"],
        host1=row["host1"],
        port1=row["port1"],
        enc1=row["enc1"],
        user1=row["user1"],
        password1=row["password1"],
        user2=row["user2"],
        subfolder2=row["subfolder2"],
        exclude=row["exclude"],
        maxage_days=row["maxage"],
        timeout1_s=row["timeout1"],
        automap=bool(row["automap"]),
        subscribeall=bool(row["subscribeall"]),
        skipcrossduplicates=bool(row["skipcrossduplicates"]),
        checks_certificate=row["custom_params"] == _CHECK_CERTIFICATE,
        dry=bool(row["dry"]),
        unknown=tuple(name for name in ("delete1", "delete2") if row[name]),
    )
