"""A hostile provider, a DNS server, and organizations that connect to them."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.e2e.serving import serve_demo
from tests.people import Tenant
from tests.sso.directory import Directory
from tests.sso.dnsserver import DnsServer
from tests.sso.hostile import Provider, serve, stopped
from tests.sso.journey import connect, own_domain
from tests.sso.served import Service


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Throttles, replay guards and discovery documents of one test mean nothing to the next."""
    cache.clear()


@pytest.fixture(scope="session")
def served_provider() -> Iterator[Provider]:
    provider = Provider()
    server = serve(provider)
    yield provider
    stopped.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def provider(served_provider: Provider, settings: Settings) -> Provider:
    served_provider.reset()
    settings.SSO_PRIVATE_PROVIDERS = [served_provider.issuer.removeprefix("http://")]
    return served_provider


@pytest.fixture
def connected(acme: Tenant, provider: Provider) -> Tenant:
    """Acme, connected to the provider, with no verified domain."""
    connect(acme, provider)
    return acme


@pytest.fixture
def dns_server(settings: Settings) -> Iterator[DnsServer]:
    with DnsServer() as server:
        settings.SSO_DNS_SERVERS = [server.address]
        yield server


@pytest.fixture(scope="session")
def service(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The product in two worker processes, with the demo's tenants; a provider may live anywhere on loopback."""
    with DnsServer() as names:
        told = {
            "WEB_WORKERS": "2",
            "SSO_PRIVATE_PROVIDERS": "127.0.0.1",
            "SSO_DNS_SERVERS": names.address,
        }
        with serve_demo("sso", tmp_path_factory.mktemp("sso"), **told) as server:
            yield Service(server, names)


@pytest.fixture
def directory(acme: Tenant, provider: Provider) -> Directory:
    connection = connect(acme, provider)
    own_domain(acme)
    return Directory(acme, connection.id)
