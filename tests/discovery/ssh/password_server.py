"""An SSH server that takes passwords, on paramiko: sshd itself needs PAM for them, which a test cannot set up. It runs real commands."""

from __future__ import annotations

import socket
import subprocess
import threading
from types import TracebackType
from typing import Self

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery

from discovery.ssh.hostkeys import HostKey


class _Door(paramiko.ServerInterface):
    """Lets `ada` in with the right password, by `password` or by `keyboard-interactive`."""

    def __init__(self, password: str, method: str, more: bool) -> None:
        self._password = password
        self._method = method
        self._more = more

    def get_allowed_auths(self, username: str) -> str:
        return self._method

    def check_auth_password(self, username: str, password: str) -> int:
        return self._judge(self._method == "password" and username == "ada" and password == self._password)

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        return InteractiveQuery("", "", ("Password: ", False)) if self._method == "keyboard-interactive" else AUTH_FAILED

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._judge(responses == [self._password])

    def _judge(self, right: bool) -> int:
        if not right:
            return AUTH_FAILED
        return AUTH_PARTIALLY_SUCCESSFUL if self._more else AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._run, args=(channel, command.decode()), daemon=True).start()
        return True

    @staticmethod
    def _run(channel: paramiko.Channel, command: str) -> None:
        with channel, channel.makefile("rb") as stream:
            done = subprocess.run(command.split(), input=stream.read(), capture_output=True, check=False)
            channel.sendall(done.stdout)
            channel.send_exit_status(done.returncode)


class PasswordServer:
    """Use as a context manager. `method`: password or keyboard-interactive; `more`: asks for a second factor."""

    def __init__(self, password: str, method: str = "password", *, more: bool = False) -> None:
        self._settings = (password, method, more)
        self._key = paramiko.RSAKey.generate(2048)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address, self.port = self._socket.getsockname()[:2]
        self._transports: list[paramiko.Transport] = []

    @property
    def host_key(self) -> HostKey:
        """What clients have to know."""
        return HostKey(self._key.get_name(), self._key.get_base64())

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
        for transport in self._transports:
            transport.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.daemon = True
            transport.add_server_key(self._key)
            transport.start_server(server=_Door(*self._settings), event=threading.Event())
            self._transports.append(transport)
