"""Egress: SSRF protection, redirects, and limits of time and size."""

import contextlib
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common import egress

pytestmark = pytest.mark.footing("embedded")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_global_addresses_are_public(address):
    assert egress.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fec0::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b:1::7f00:1",
        "64:ff9b:1:808:8:800::",
    ],
)
def test_private_and_embedded_addresses_are_not_public(address):
    assert not egress.is_public(address)


@pytest.fixture
def receiver():
    """A server that counts requests, and redirects to `location` if that is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.requests += 1
            self.send_response(server.status)
            if server.location:
                self.send_header("Location", server.location)
            self.end_headers()
            self.wfile.write(b"x" * 200_000)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.status, server.location = 0, 200, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def only_this(address):
    return address == "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"])
def test_loopback_is_refused_in_any_notation(receiver, host):
    with pytest.raises(OSError):
        egress.post(f"http://{host}:{receiver.server_port}/", b"", {})
    assert receiver.requests == 0


def test_host_is_refused_if_any_of_its_addresses_is_private(receiver):
    checked = []

    def allow_all_but_the_last(address):
        checked.append(address)
        return len(checked) < len(socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM))

    with pytest.raises(egress.AddressRefused):
        egress.post(f"http://localhost:{receiver.server_port}/", b"", {}, allow_all_but_the_last)
    assert receiver.requests == 0


def test_redirect_target_is_checked(receiver):
    receiver.status, receiver.location = 307, f"http://127.0.0.2:{receiver.server_port}/"
    with pytest.raises(egress.AddressRefused):
        egress.post(f"http://127.0.0.1:{receiver.server_port}/", b"", {}, only_this)
    assert receiver.requests == 1


def test_number_of_redirects_is_limited(receiver):
    receiver.status, receiver.location = 308, "/again"
    with pytest.raises(egress.AddressRefused):
        egress.post(f"http://127.0.0.1:{receiver.server_port}/", b"", {}, only_this)
    assert receiver.requests == egress.MAX_REDIRECTS + 1


def test_long_response_is_truncated(receiver):
    status, text = egress.post(f"http://127.0.0.1:{receiver.server_port}/", b"", {}, only_this)
    assert (status, len(text)) == (200, egress.RESPONSE_BYTES)


def test_slow_response_is_cut_off_at_the_deadline(monkeypatch):
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.5)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            client, _address = listener.accept()
            with client:
                while not done.wait(0.05):
                    try:
                        client.sendall(b"H")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        with pytest.raises((OSError, egress.http.client.HTTPException)):
            egress.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", {}, only_this)
        done.set()
        dripping.join()


@pytest.fixture
def drip(tmp_path, monkeypatch):
    """Port of a trusted TLS server that sends an endless response, a byte at a time."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    finished = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip_to, args=(server, context, finished), daemon=True).start()
        yield server.getsockname()[1]
        finished.set()


def drip_to(server, context, finished):
    client, _address = server.accept()
    with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as client:
        client.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not finished.wait(0.05):
            client.sendall(b"x")


def test_slow_tls_response_is_cut_off_at_the_deadline(drip, monkeypatch):
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.6)
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(egress.post(f"https://localhost:{drip}/", b"", {}, egress.allow_any)), daemon=True
    )
    asking.start()
    asking.join(3)
    assert answers == [(200, "")]
