"""The loop: runs each job that is due, one after the other, until the container ends."""

import os
import socket
import time

import pymysql

from sync_jobs import copying, jobs
from sync_jobs.report import Report

BETWEEN_LOOKS_S = 1
"""mailcow looks once a minute; nobody in the lab wants to wait for that."""
_OURS = ("127.0.0.1", 993)


def main() -> None:
    """Run for ever; a database that is away is waited for."""
    _wait_for_dovecot()
    while True:
        try:
            run_all(jobs.connect(os.environ))
        except pymysql.err.MySQLError as error:
            print(f"sync jobs: the database does not answer ({error.args[0]})", flush=True)
        time.sleep(BETWEEN_LOOKS_S)


def run_all(table: jobs.Table) -> None:
    """Run what is due, again and again, as long as the database answers.

    Raises:
        pymysql.err.MySQLError: it does not.
    """
    table.none_is_running()
    while True:
        for job in table.due():
            table.begin(job)
            report = Report(job.dry)
            try:
                copying.run(job, os.environ["SYNC_JOBS_PASSWORD"], report)
            except Exception as error:  # noqa: BLE001 — one broken job must not end the others
                report.fails("EXIT_CATCH_ALL", f"{type(error).__name__}: {error}")
            table.end(job, report)
            print(f"sync job {job.number} for {job.user2}: {report.status}", flush=True)
        time.sleep(BETWEEN_LOOKS_S)


def _wait_for_dovecot() -> None:
    while True:
        try:
            socket.create_connection(_OURS, timeout=5).close()
        except OSError:
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    main()
