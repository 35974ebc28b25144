"""Requests to addresses that people wrote never reach this machine or its network."""

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
def test_the_open_internet_is_public(address):
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
def test_what_is_not_of_the_open_internet_is_not(address):
    assert not egress.is_public(address)


@pytest.fixture
def elsewhere():
    """A server that counts its visitors and redirects them to where it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.visits += 1
            self.send_response(server.status)
            if server.location:
                self.send_header("Location", server.location)
            self.end_headers()
            self.wfile.write(b"x" * 200_000)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.visits, server.status, server.location = 0, 200, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def only_this(address):
    return address == "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"])
def test_however_this_machine_is_written_it_is_not_asked(elsewhere, host):
    with pytest.raises(OSError):
        egress.post(f"http://{host}:{elsewhere.server_port}/", b"", {})
    assert elsewhere.visits == 0


def test_a_name_is_refused_if_one_of_its_addresses_is_private(elsewhere):
    looked_at = []

    def all_but_the_last(address):
        looked_at.append(address)
        return len(looked_at) < len(socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM))

    with pytest.raises(egress.Refused):
        egress.post(f"http://localhost:{elsewhere.server_port}/", b"", {}, all_but_the_last)
    assert elsewhere.visits == 0


def test_a_redirect_is_looked_at_as_the_first_address_was(elsewhere):
    elsewhere.status, elsewhere.location = 307, f"http://127.0.0.2:{elsewhere.server_port}/"
    with pytest.raises(egress.Refused):
        egress.post(f"http://127.0.0.1:{elsewhere.server_port}/", b"", {}, only_this)
    assert elsewhere.visits == 1


def test_redirects_come_to_an_end(elsewhere):
    elsewhere.status, elsewhere.location = 308, "/again"
    with pytest.raises(egress.Refused):
        egress.post(f"http://127.0.0.1:{elsewhere.server_port}/", b"", {}, only_this)
    assert elsewhere.visits == egress.REDIRECTS + 1


def test_of_a_long_answer_only_the_beginning_is_read(elsewhere):
    status, text = egress.post(f"http://127.0.0.1:{elsewhere.server_port}/", b"", {}, only_this)
    assert (status, len(text)) == (200, egress.ANSWER_BYTES)


def test_a_server_that_says_a_byte_now_and_then_is_left_in_time(monkeypatch):
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.5)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            line, _address = listener.accept()
            with line:
                while not done.wait(0.05):
                    try:
                        line.sendall(b"H")
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
    """A trusted TLS server, by its port, that answers a byte now and then and never comes to an end."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip_to, args=(server, context, over), daemon=True).start()
        yield server.getsockname()[1]
        over.set()


def drip_to(server, context, over):
    line, _address = server.accept()
    with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True) as line:
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not over.wait(0.05):
            line.sendall(b"x")


def test_a_receiver_behind_tls_that_answers_a_byte_at_a_time_is_cut_off_too(drip, monkeypatch):
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.6)
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(egress.post(f"https://localhost:{drip}/", b"", {}, egress.anywhere)), daemon=True
    )
    asking.start()
    asking.join(3)
    assert answers == [(200, "")]
