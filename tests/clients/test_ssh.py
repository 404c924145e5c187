"""SSH to a host: whose key is taken, who gets in, what a command and a tunnel do."""

import logging
import socket
import threading

import paramiko
import pytest

from core.errors import HostKeyChangedError, HostUnreachableError, LoginRefusedError, RemoteCommandError
from ssh.client import SshClient, first_host_key
from ssh.connection import as_text
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key

PASSWORD = "Planted.Secret-22"


def test_a_command_runs_with_its_input_and_gives_back_status_and_both_outputs(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine, run=lambda command, stdin: (3, f"{command} <".encode() + stdin, b"oh\n"))

    with SshClient(reach(host)) as ssh:
        result = ssh.run("wc -c", stdin=b"x" * 300_000, timeout_s=10, check=False)

    assert (result.status, result.stderr) == (3, b"oh\n")
    assert result.stdout == b"wc -c <" + b"x" * 300_000
    assert host.users == {"ubuntu"}


def test_a_failed_command_says_where_and_why_and_never_its_input(
    agent: Fill, reach: Reach, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine, run=lambda _command, _stdin: (1, b"", b"line\nerror: the disk is full\n"))

    with SshClient(reach(host)) as ssh, pytest.raises(RemoteCommandError) as caught:
        ssh.run("sudo bash -s", stdin=PASSWORD.encode(), timeout_s=10)

    assert "'sudo bash -s' failed on 10.0.0.1 with status 1" in str(caught.value)
    assert "the disk is full" in str(caught.value)
    assert PASSWORD not in str(caught.value) + caplog.text


def test_a_command_that_does_not_end_is_left_at_its_limit(agent: Fill, reach: Reach) -> None:
    mine, never = new_key(), threading.Event()
    agent(mine)

    def hang(_command: str, _stdin: bytes) -> tuple[int, bytes, bytes]:
        never.wait(20)
        return 0, b"", b""

    with SshClient(reach(SshHost(accepts=mine, run=hang))) as ssh:
        with pytest.raises(RemoteCommandError, match="did not end within 0 s"):
            ssh.run("sleep 1000", timeout_s=0.2)
        never.set()


def test_another_host_key_is_refused_with_both_fingerprints_and_no_key_of_ours_is_shown(
    agent: Fill, reach: Reach
) -> None:
    mine, pinned = new_key(), new_key()
    agent(mine)
    host = SshHost(accepts=mine)

    with pytest.raises(HostKeyChangedError) as caught:
        SshClient(reach(host, as_text(pinned))).connect()

    assert host.key.fingerprint in str(caught.value)
    assert pinned.fingerprint in str(caught.value)
    assert "host_generation" in str(caught.value)
    assert host.offered == 0


def test_a_comment_behind_the_pinned_key_does_not_matter(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine)

    with SshClient(reach(host, f"{host.key_text} root@mail\n")) as ssh:
        ssh.connect()


def test_a_refused_login_names_the_user_and_the_agents_keys(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)

    with pytest.raises(LoginRefusedError) as caught:
        SshClient(reach(SshHost(accepts=new_key()))).connect()

    assert "lets ubuntu in with none of the agent's keys" in str(caught.value)
    assert f"{mine.fingerprint} (ana@laptop)" in str(caught.value)


def test_without_an_agent_the_error_says_how_to_get_one(agent: Fill, reach: Reach) -> None:
    with pytest.raises(LoginRefusedError, match=r"no SSH agent with a key in it.*MAILSTEAD_SSH_KEY"):
        SshClient(reach(SshHost())).connect()


def test_an_agent_with_more_keys_than_sshd_lets_one_try_still_gets_in(agent: Fill, reach: Reach) -> None:
    keys = [new_key() for _ in range(7)]
    agent(*keys)
    host = SshHost(accepts=keys[-1])

    with SshClient(reach(host)) as ssh:
        ssh.connect()

    assert (host.offered, host.dialled) == (7, 2)


def test_a_host_that_does_not_answer_is_named_with_what_to_check(agent: Fill, reach: Reach) -> None:
    host = SshHost()
    host.up = False

    with pytest.raises(HostUnreachableError, match=r"10\.0\.0\.1 does not answer on port 22 .*refused.*ssh_from"):
        SshClient(reach(host)).connect()


def test_a_connection_that_died_is_made_again(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine, run=lambda _command, _stdin: (0, b"fine", b""))

    with SshClient(reach(host)) as ssh:
        ssh.run("true", timeout_s=10)
        host.hang_up()
        assert ssh.run("true", timeout_s=10).stdout == b"fine"

    assert host.dialled == 2


def test_a_host_that_goes_down_during_a_command_is_unreachable_and_not_a_failed_command(
    agent: Fill, reach: Reach
) -> None:
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine)

    def go_down(_command: str, _stdin: bytes) -> tuple[int, bytes, bytes]:
        host.hang_up()
        return 0, b"", b""

    host._run = go_down

    with SshClient(reach(host)) as ssh, pytest.raises(HostUnreachableError, match="broke off"):
        ssh.run("true", timeout_s=10)


def test_a_tunnel_is_a_real_socket_and_carries_bytes_both_ways(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)

    def shout(there: socket.socket) -> None:
        while data := there.recv(65536):
            there.sendall(data.upper())

    host = SshHost(accepts=mine, serve=shout)

    with SshClient(reach(host)) as ssh, ssh.open_channel("127.0.0.1", 443) as tunnel:
        assert tunnel.fileno() > 0
        sent = b"hello" * 100_000
        threading.Thread(target=tunnel.sendall, args=(sent,)).start()
        got = bytearray()
        while len(got) < len(sent):
            got.extend(tunnel.recv(65536))

    assert bytes(got) == sent.upper()
    assert host.destination == ("127.0.0.1", 443)


def test_a_tunnel_ends_when_the_connection_dies(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)
    host = SshHost(accepts=mine, serve=lambda there: there.recv(1))

    with SshClient(reach(host)) as ssh, ssh.open_channel("127.0.0.1", 443) as tunnel:
        tunnel.settimeout(10)
        host.hang_up()
        assert tunnel.recv(1) == b""


def test_a_tunnel_to_where_nothing_listens_says_so(agent: Fill, reach: Reach) -> None:
    mine = new_key()
    agent(mine)

    with (
        SshClient(reach(SshHost(accepts=mine))) as ssh,
        pytest.raises(HostUnreachableError, match=r"nothing listens on 127\.0\.0\.1:443 of 10\.0\.0\.1"),
    ):
        ssh.open_channel("127.0.0.1", 443)


def test_the_first_key_is_waited_for_and_comes_in_authorized_keys_form(reach: Reach) -> None:
    host = SshHost()
    reach(host)
    host.up = False
    threading.Timer(0.1, lambda: setattr(host, "up", True)).start()

    key = first_host_key("10.0.0.1", user="ubuntu", wait_s=20, pause_s=0.02)

    assert key == host.key_text
    assert key.startswith("ssh-ed25519 AAAA")
    assert host.offered == 0


def test_a_host_that_never_answers_is_given_up_with_how_long_it_was_waited_for(reach: Reach) -> None:
    host = SshHost()
    reach(host)
    host.up = False

    with pytest.raises(HostUnreachableError, match=r"waited 0 s for SSH to ubuntu@10\.0\.0\.1"):
        first_host_key("10.0.0.1", user="ubuntu", wait_s=0.05, pause_s=0.02)


def test_a_host_without_an_ed25519_key_is_told_at_once(reach: Reach) -> None:
    host = SshHost()
    host.key = paramiko.ECDSAKey.generate()
    reach(host)

    with pytest.raises(HostUnreachableError, match="offers no ed25519 host key"):
        first_host_key("10.0.0.1", user="ubuntu", wait_s=600)

    assert host.dialled == 1
