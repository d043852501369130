"""Who lives in the demo: the people the tests know too."""

from dataclasses import dataclass

from organizations.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class DemoProject:
    name: str
    description: str
    use_case: str
    interactions: int


@dataclass(frozen=True, slots=True)
class Tenant:
    """`people[0]` founds the organization and must be its owner; `projects[0]` gets the key."""

    name: str
    slug: str
    people: tuple[Person, ...]
    projects: tuple[DemoProject, ...]


ACME = Tenant(
    "Acme Corp",
    "acme-corp",
    (
        Person("Olivia Owner", "olivia@acme.example", Role.OWNER),
        Person("Adam Admin", "adam@acme.example", Role.ADMIN),
        Person("Mia Member", "mia@acme.example", Role.MEMBER),
        Person("Vic Viewer", "vic@acme.example", Role.VIEWER),
    ),
    (
        DemoProject("Customer support", "The chat window on acme.example", "support_bot", 190),
        DemoProject("Code assistant", "Completion in the developers' editors", "code_assistant", 90),
        DemoProject("Document search", "Questions about the handbook", "rag_system", 70),
    ),
)
GLOBEX = Tenant(
    "Globex",
    "globex",
    (Person("Mallory Mole", "mallory@globex.example", Role.OWNER),),
    (DemoProject("Trading desk", "Answers about positions", "data_analysis", 50),),
)
TENANTS = (ACME, GLOBEX)
OPERATOR_EMAIL = "operator@promptguard.example"
