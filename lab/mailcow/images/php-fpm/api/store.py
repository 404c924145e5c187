"""Connections to MariaDB and Redis, one pair for each call, and PDO's view of an SQL error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import redis
from pymysql.cursors import DictCursor

from api.settings import Settings

Row = dict[str, Any]


class DatabaseError(Exception):
    """A statement failed; carries what PDO would have put into errorInfo."""

    def __init__(self, state: str, number: int, text: str) -> None:
        super().__init__(text)
        self.state = state
        self.number = number
        self.text = text

    def message(self) -> list[Any]:
        """Return the `msg` that mailcow's exception handler makes of it."""
        return ["mysql_error", {"errorInfo": [self.state, self.number, self.text]}]

    def plain(self) -> str:
        """Return PDO's one-line text."""
        names = {"22001": "String data, right truncated", "23000": "Integrity constraint violation"}
        return f"SQLSTATE[{self.state}]: {names.get(self.state, 'General error')}: {self.number} {self.text}"


class NotReachableError(Exception):
    """MariaDB or Redis cannot be reached; the text is the page mailcow shows."""


_STATES = {1062: "23000", 1451: "23000", 1452: "23000", 1406: "22001", 1264: "22003", 1366: "22007", 1213: "40001"}


@dataclass
class Store:
    """The database connection and the Redis client of one call."""

    connection: Any
    redis: Any
    affected: int = field(default=0)
    """Rows changed by the last statement."""

    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """Run a statement that returns no rows; returns the last insert id.

        Raises:
            DatabaseError: MariaDB refused it.
        """
        with self.connection.cursor() as cursor:
            try:
                self.affected = cursor.execute(statement, values)
            except pymysql.err.MySQLError as error:
                raise _database_error(error) from error
            return int(cursor.lastrowid or 0)

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a query.

        Raises:
            DatabaseError: MariaDB refused it.
        """
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(statement, values)
            except pymysql.err.MySQLError as error:
                raise _database_error(error) from error
            return list(cursor.fetchall())

    def row(self, statement: str, values: Mapping[str, Any] | None = None) -> Row | None:
        """Return the first row of a query, or None."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def value(self, statement: str, values: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, or None."""
        found = self.row(statement, values)
        return next(iter(found.values())) if found else None

    def column(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the first column of all rows."""
        return [next(iter(row.values())) for row in self.rows(statement, values)]

    def close(self) -> None:
        """Give both connections back."""
        self.connection.close()


def open_redis(settings: Settings) -> Any:
    """Make the Redis client that all calls share (it pools its connections)."""
    return redis.Redis(
        host=settings.redis_host, password=settings.redis_password or None, decode_responses=True, socket_timeout=60
    )


def open_store(settings: Settings, client: Any) -> Store:
    """Connect for one call.

    Raises:
        NotReachableError: with the page to show.
    """
    try:
        client.ping()
    except redis.RedisError as error:
        raise NotReachableError(outage_page("Redis", "Connection refused")) from error
    try:
        connection = connect(settings)
    except pymysql.err.MySQLError as error:
        reason = "  SQLSTATE[HY000] [2002] No such file or directory"
        raise NotReachableError(outage_page("database", reason)) from error
    return Store(connection, client)


def connect(settings: Settings) -> Any:
    """Open one database connection (autocommit: mailcow uses no transactions in these paths)."""
    socket = settings.database_socket if Path(settings.database_socket).exists() else None
    return pymysql.connect(
        host=settings.database_host,
        unix_socket=socket,
        user=settings.database_user,
        password=settings.database_password,
        database=settings.database_name,
        charset="utf8mb4",
        autocommit=True,
        cursorclass=DictCursor,
        # A busy machine is no outage: a server that is down refuses at once.
        connect_timeout=60,
    )


def outage_page(part: str, reason: str) -> str:
    """Write the page that mailcow shows when a part of it does not answer."""
    return (
        f"<center style='font-family:sans-serif;'>Connection to {part} failed.<br /><br />"
        f"The following error was reported:<br/>{reason}</center>\n"
    )


def _database_error(error: Exception) -> DatabaseError:
    """Translate PyMySQL's exception."""
    number = int(error.args[0]) if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return DatabaseError(_STATES.get(number, "HY000"), number, text)
