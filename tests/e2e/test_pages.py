"""The pages for people come with everything they refer to, from our own static files."""

import re

import pytest
import requests

from tests.e2e.serving import Server


@pytest.mark.parametrize("page", ["/api/docs", "/admin/login/"])
def test_every_style_and_script_of_a_page_is_served_by_us(server: Server, page: str) -> None:
    answer = requests.get(server.url + page, timeout=30)
    assert answer.status_code == 200
    references = re.findall(r"<(?:script|link|img)\b[^>]*?\b(?:src|href)=[\"']?([^\"'\s>]+)", answer.text)
    assert references
    for reference in references:
        assert reference.startswith("/"), f"{reference} is not ours"
        assert requests.get(server.url + reference, timeout=30).status_code == 200, reference


def test_a_worker_tells_nobody_outside_what_it_counted(server: Server) -> None:
    inside = requests.get(f"{server.url}/metrics", timeout=30)
    assert inside.status_code == 200
    assert "promptguard_requests_total" in inside.text
