"""Rate limits of password attempts and sign-ups."""

import pytest
from django.test import Client, RequestFactory

from accounts import passwords
from accounts.models import Attempt
from common.errors import ExpectedError
from common.http.client_address import network_of
from tests.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"


def sign_in(client, name="luz.clara", password=PASSWORD, **more):
    return client.post(URL, {"username": name, "password": password}, **more)


def use_up(client, name="luz.clara", **more):
    answers = [sign_in(client, name, "wrong", **more) for _ in range(passwords.FAILURES_PER_PAIR)]
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("name", ["luz.clara", "nobody.here"])
def test_right_password_is_throttled_after_failures(client, luz, name):
    use_up(client, name)
    refused = sign_in(client, name)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 900
    page = refused.content.decode()
    assert "Too many tries. Wait 15 minutes" in page
    assert f'value="{name}"' in page and PASSWORD not in page
    assert "_auth_user_id" not in client.session


def test_throttle_message_is_translated(client, luz):
    use_up(client)
    page = sign_in(client, headers={"accept-language": "es"}).content.decode()
    assert "Demasiados intentos. Espera 15 minutos" in page


def test_name_variants_and_rest_share_a_limit(client, luz):
    use_up(client, "LUZ.CLARA")
    body = {"name": "x", "username": "luz.clara", "password": PASSWORD}
    assert client.post("/api/v1/tokens", body, content_type="application/json").status_code == 429


def test_failures_from_elsewhere_lock_nobody_out(client, luz):
    use_up(Client(REMOTE_ADDR="203.0.113.9"))
    assert sign_in(client).status_code == 302


def test_known_browser_is_not_locked_out_by_others(client, luz, monkeypatch):
    sign_in(client)
    client.post("/accounts/sign-out/")
    monkeypatch.setattr(passwords, "FAILURES_PER_NAME", 2)
    for address in ["198.51.100.1", "198.51.100.2"]:
        sign_in(Client(REMOTE_ADDR=address), password="wrong")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.3")).status_code == 429
    assert sign_in(client).status_code == 302


def test_known_browser_has_its_own_limit_for_one_name(client, luz):
    client.cookies["known"] = known_cookie(luz)
    use_up(client)
    assert sign_in(client).status_code == 429
    assert sign_in(Client()).status_code == 302
    other = RequestFactory().get("/")
    other.COOKIES["known"] = known_cookie(luz)
    assert not passwords.is_known_browser(other, "nobody.here")
    other.COOKIES["known"] = "forged:1:x"
    assert not passwords.is_known_browser(other, "luz.clara")


def known_cookie(user):
    client = Client()
    assert sign_in(client, user.username).status_code == 302
    return client.cookies["known"].value


def test_success_undoes_its_own_attempt_only(client, luz):
    sign_in(client, "nobody.here", "wrong")
    assert sign_in(client).status_code == 302
    assert Attempt.objects.count() == 4


def test_throttled_attempt_costs_no_hash(client, luz, monkeypatch):
    use_up(client)
    monkeypatch.setattr(passwords, "authenticate", None)
    assert sign_in(client).status_code == 429


@pytest.mark.parametrize(("behind_proxy", "status"), [(False, 429), (True, 302)])
def test_forwarded_address_is_used_only_behind_proxy(client, luz, settings, behind_proxy, status):
    settings.BEHIND_PROXY = behind_proxy
    use_up(client, headers={"x-forwarded-for": "198.51.100.7"})
    assert sign_in(client, headers={"x-forwarded-for": "198.51.100.8"}).status_code == status


def test_forged_forwarded_addresses_are_ignored(client, luz, settings):
    settings.BEHIND_PROXY = True
    use_up(client, headers={"x-forwarded-for": "1.2.3.4, 198.51.100.7"})
    assert sign_in(client, headers={"x-forwarded-for": "5.6.7.8, 198.51.100.7"}).status_code == 429


@pytest.mark.parametrize(("peer", "status"), [("203.0.113.9", 429), ("10.0.0.7", 302), ("2001:db8::7", 429)])
def test_forwarded_address_of_public_peer_is_ignored(luz, settings, peer, status):
    settings.BEHIND_PROXY = True
    use_up(Client(REMOTE_ADDR=peer), headers={"x-forwarded-for": "198.51.100.7"})
    answer = sign_in(Client(REMOTE_ADDR=peer), headers={"x-forwarded-for": "198.51.100.8"})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_ipv6_is_limited_by_network(address, network):
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


def test_distributed_brute_force_is_limited_and_owner_signs_in(luz, monkeypatch):
    owner = Client()
    sign_in(owner)
    hashed = []
    real = passwords.authenticate
    monkeypatch.setattr(passwords, "authenticate", lambda *args, **kwargs: hashed.append(1) or real(*args, **kwargs))
    monkeypatch.setattr(passwords, "FAILURES_PER_NAME", 5)
    for number in range(9):
        forged = {"x-forwarded-for": f"203.0.113.{number}", "forwarded": f"for=203.0.113.{number}", "client-ip": "::1"}
        sign_in(Client(REMOTE_ADDR=f"2001:db8:{number:x}::1"), password=f"guess {number}", headers=forged)
    assert len(hashed) == 5
    assert sign_in(owner).status_code == 302


def test_attempts_of_all_names_are_limited(luz, monkeypatch):
    monkeypatch.setattr(passwords, "FAILURES_IN_TOTAL", 5)
    addresses = [f"198.51.100.{number}" for number in range(8)]
    codes = [sign_in(Client(REMOTE_ADDR=address), f"user.{address[-1]}") for address in addresses]
    assert [code.status_code for code in codes] == [200] * 5 + [429] * 3


@pytest.mark.both_footings
def test_concurrent_attempt_beyond_limit_is_throttled(luz, monkeypatch):
    """Simulates another process that records an attempt between this one's check and write."""
    limits = {"x": 1}
    real = Attempt.record.__func__

    def note_twice(cls, whats):
        real(cls, whats)
        return real(cls, whats)

    monkeypatch.setattr(Attempt, "record", classmethod(note_twice))
    with pytest.raises(ExpectedError):
        Attempt.acquire(limits)
    assert Attempt.objects.count() == 1


def test_password_attempts_are_limited_per_user(luz, monkeypatch):
    monkeypatch.setattr(passwords, "CHANGES_PER_USER", 3)
    change = {"new_password1": "another long walk", "new_password2": "another long walk", "old_password": "x"}
    codes = []
    for _ in range(4):
        client = Client()
        client.force_login(luz)
        codes.append(client.post("/accounts/password/", change).status_code)
    assert codes == [200, 200, 200, 429]


def test_throttled_sign_up_keeps_input(client, answers, monkeypatch):
    monkeypatch.setattr(passwords, "SIGN_UPS_PER_ADDRESS", 1)
    assert Client().post("/accounts/sign-up/", answers | {"username": "first.one"}).status_code == 302
    refused = client.post("/accounts/sign-up/", answers)
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    page = refused.content.decode()
    assert 'value="Ana_Luz"' in page and "Too many tries" in page and PASSWORD not in page


def test_admin_sign_in_shares_the_limit(client, luz):
    use_up(client)
    refused = client.post("/admin/login/", {"username": "luz.clara", "password": PASSWORD})
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 900
    assert "Too many tries" in refused.content.decode() and "_auth_user_id" not in client.session


def test_only_staff_sign_in_to_admin(client, luz):
    inside = {"username": "luz.clara", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", inside).status_code == 200
    assert "_auth_user_id" not in client.session
    luz.is_staff = True
    luz.save()
    assert client.post("/admin/login/", inside).status_code == 302


def test_password_attempts_are_limited_per_session(client, luz):
    client.force_login(luz)
    elsewhere = Client()
    elsewhere.force_login(luz)
    change = {"new_password1": "another long walk", "new_password2": "another long walk"}
    wrong = [client.post("/accounts/password/", change | {"old_password": "x"}) for _ in range(10)]
    assert {answer.status_code for answer in wrong} == {200}
    refused = client.post("/accounts/password/", change | {"old_password": PASSWORD})
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    assert elsewhere.post("/accounts/password/", change | {"old_password": PASSWORD}).status_code == 302
