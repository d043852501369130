"""What we speak of people and groups: the parts of the core schemas that we act upon or give back."""

from typing import Annotated, Any

from django.conf import settings
from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Meta,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from sso.models import DirectoryGroup, DirectoryUser

MOST_RESULTS = 200


class Name(ComplexAttribute):
    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    value: EmailStr | None = None
    type: str | None = None
    primary: bool | None = None


class User(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    active: Annotated[bool | None, Required.true] = None
    emails: list[Email] | None = None


class Member(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, Required.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[Member] | None = None


MODELS: dict[str, type[Resource[Any]]] = {"User": User, "Group": Group}


def location(connection_id: object, *path: object) -> str:
    return "/".join([f"{settings.PUBLIC_URL}/scim/v2/{connection_id}", *(str(each) for each in path)])


def user_resource(row: DirectoryUser, connection_id: object) -> User:
    name = Name(formatted=row.formatted_name, family_name=row.family_name, given_name=row.given_name)
    return User(
        id=str(row.id),
        external_id=row.external_id,
        user_name=row.user_name,
        name=name if any((row.formatted_name, row.family_name, row.given_name)) else None,
        display_name=row.display_name,
        active=row.is_active,
        emails=[Email(**each) for each in row.emails] or None,
        meta=_meta("User", row, location(connection_id, "Users", row.id)),
    )


def group_resource(row: DirectoryGroup, connection_id: object) -> Group:
    members = [
        Member(
            value=str(each.member_id),
            ref=Reference(location(connection_id, "Users", each.member_id)),
        )
        for each in row.memberships.all()
    ]
    return Group(
        id=str(row.id),
        external_id=row.external_id,
        display_name=row.display_name,
        members=members or None,
        meta=_meta("Group", row, location(connection_id, "Groups", row.id)),
    )


def _meta(kind: str, row: DirectoryUser | DirectoryGroup, place: str) -> Meta:
    return Meta(resource_type=kind, created=row.created_at, last_modified=row.modified_at, location=place)


def provider_config(connection_id: object) -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="The directory token that an administrator made for this organization.",
            )
        ],
        meta=Meta(
            resource_type="ServiceProviderConfig", location=location(connection_id, "ServiceProviderConfig")
        ),
    )


def resource_types(connection_id: object) -> list[ResourceType]:
    return [
        ResourceType(
            id=name,
            name=name,
            endpoint=Reference(f"/{name}s"),
            schema_=Reference(str(model.__schema__)),  # type: ignore[call-arg]  # the alias of `schema`
            meta=Meta(resource_type="ResourceType", location=location(connection_id, "ResourceTypes", name)),
        )
        for name, model in MODELS.items()
    ]


def schemas(connection_id: object) -> list[Schema]:
    found = []
    for model in MODELS.values():
        schema = model.to_schema()
        schema.meta = Meta(resource_type="Schema", location=location(connection_id, "Schemas", schema.id))
        found.append(schema)
    return found
