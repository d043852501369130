"""What a person does with our pages in Chromium: the links of our mails, and the operators' console."""

import requests

from tests.e2e.chromium import Person
from tests.e2e.serving import Server
from tests.people import NEW_PASSWORD

SECONDS = 30


def post(server: Server, door: str, body: dict[str, str], token: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{server.url}/dashboard/{door}", json=body, headers=headers, timeout=SECONDS)


def signed_in(server: Server, email: str, password: str) -> str:
    answer = post(server, "auth/login", {"email": email, "password": password})
    return str(answer.json()["access_token"]) if answer.status_code == 200 else ""


def test_a_forgotten_password(server: Server, person: Person) -> None:
    email = "vic@acme.example"
    assert post(server, "auth/password/reset", {"email": email}).status_code < 300
    person.driver.get(server.mailed_link(email, "password"))
    person.type("password", "password")
    person.click("Set this password")
    person.sees("too common")
    person.type("password", NEW_PASSWORD)
    person.click("Set this password")
    person.sees("Done.")
    assert "#" not in person.driver.current_url, "the token leaves the address bar"
    assert signed_in(server, email, NEW_PASSWORD)
    assert not signed_in(server, email, server.password_of(email))


def test_an_address_is_verified(server: Server, person: Person) -> None:
    email = "grace@elsewhere.example"
    assert post(server, "auth/signup", {"email": email, "password": NEW_PASSWORD}).status_code == 201
    link = server.mailed_link(email, "verify")
    person.driver.get(link)
    person.click("Verify my address")
    person.sees("Done.")
    assert person.complaints(server.url) == []
    person.driver.get("about:blank")
    person.driver.get(link)
    person.click("Verify my address")
    person.sees("not valid")


def test_an_invitation_is_taken_by_somebody_new(server: Server, person: Person) -> None:
    olivia = signed_in(server, "olivia@acme.example", server.password_of("olivia@acme.example"))
    headers = {"Authorization": f"Bearer {olivia}"}
    found = requests.get(f"{server.url}/dashboard/organizations/", headers=headers, timeout=SECONDS).json()
    acme = next(each["id"] for each in found["results"] if each["slug"] == "acme-corp")
    email = "ada@elsewhere.example"
    offered = post(server, f"organizations/{acme}/invitations", {"email": email, "role": "viewer"}, olivia)
    assert offered.status_code == 201
    person.driver.get(server.mailed_link(email, "invitation"))
    person.sees("invites you to Acme Corp, with the role viewer")
    person.type("name", "Ada")
    person.type("password", NEW_PASSWORD)
    person.click("Create my account and join")
    person.sees("Done.")
    assert person.complaints(server.url) == []
    assert signed_in(server, email, NEW_PASSWORD)


def test_an_operator_comes_to_the_console(server: Server, person: Person) -> None:
    email = server.demo["operator"]["email"]
    person.driver.get(f"{server.url}/admin/login/")
    person.type("username", email)
    person.type("password", "wrong")
    person.click("Log in")
    person.sees("Please enter the correct email")
    assert person.driver.find_element("name", "otp").is_displayed()
    person.type("username", email)
    person.type("password", server.password_of(email))
    person.click("Log in")
    person.sees("Single sign-on")
    assert person.driver.current_url == f"{server.url}/admin/"
    assert person.complaints(server.url) == []
