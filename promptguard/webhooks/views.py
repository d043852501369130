"""Doors about webhooks."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView
from promptguard.projects.selectors import projects, working_project
from promptguard.webhooks import selectors, services
from promptguard.webhooks.catalogue import event_types
from promptguard.webhooks.serializers import (
    Catalogue,
    DeliveryDetailOut,
    DeliveryFilter,
    DeliveryOut,
    EndpointChanges,
    EndpointIn,
    EndpointOut,
    NewEndpoint,
    ProjectWebhookIn,
    ProjectWebhookOut,
    ReplayIn,
    ReplayOut,
)


class EndpointList(TenantView):
    """The organization's webhook endpoints; create another, whose secret is shown once."""

    permissions = {"GET": P.WEBHOOK_READ, "POST": P.WEBHOOK_WRITE}
    takes = {"POST": EndpointIn}
    gives = {"GET": EndpointOut, "POST": NewEndpoint}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.endpoints(self.caller))

    def post(self, request: Request) -> Response:
        asked = self.body()
        project_id = asked.pop("project_id", None)
        project = working_project(self.caller, project_id) if project_id else None
        return self.answer(services.create_endpoint(caller=self.caller, project=project, **asked))


class EndpointDetail(TenantView):
    """One endpoint."""

    permissions = {"GET": P.WEBHOOK_READ, "PATCH": P.WEBHOOK_WRITE, "DELETE": P.WEBHOOK_WRITE}
    takes = {"PATCH": EndpointChanges}
    gives = {"GET": EndpointOut, "PATCH": EndpointOut}

    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return self.answer(self.one(selectors.endpoints(self.caller), id=endpoint_id))

    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self.one(selectors.endpoints(self.caller), id=endpoint_id)
        return self.answer(
            services.update_endpoint(caller=self.caller, endpoint=endpoint, changes=self.body())
        )

    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self.one(selectors.endpoints(self.caller), id=endpoint_id)
        services.delete_endpoint(caller=self.caller, endpoint=endpoint)
        return self.answer()


class EndpointTest(TenantView):
    """Send a test event to the endpoint."""

    permissions = {"POST": P.WEBHOOK_WRITE}
    gives = {"POST": DeliveryOut}
    statuses = {"POST": 202}

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self.one(selectors.endpoints(self.caller), id=endpoint_id)
        return self.answer(services.send_test(caller=self.caller, endpoint=endpoint))


class EndpointSecretRotation(TenantView):
    """A new secret, shown once; the old one stays valid for 24 hours."""

    permissions = {"POST": P.WEBHOOK_WRITE}
    gives = {"POST": NewEndpoint}

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self.one(selectors.endpoints(self.caller), id=endpoint_id)
        return self.answer(services.rotate_secret(caller=self.caller, endpoint=endpoint))


class EndpointReplay(TenantView):
    """Send again what failed, or what lies in a span of time."""

    permissions = {"POST": P.WEBHOOK_WRITE}
    takes = {"POST": ReplayIn}
    gives = {"POST": ReplayOut}
    statuses = {"POST": 202}

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self.one(selectors.endpoints(self.caller), id=endpoint_id)
        count = services.replay_range(caller=self.caller, endpoint=endpoint, **self.body())
        return self.answer({"count": count})


class DeliveryList(TenantView):
    """The delivery log, newest first.

    Filters: `endpoint_id, event_id, event_type, outcome, project_id, status, since, until`.
    """

    permissions = {"GET": P.WEBHOOK_READ}
    gives = {"GET": DeliveryOut}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.deliveries(self.caller, self.query(DeliveryFilter)))


class DeliveryDetail(TenantView):
    """One delivery with its attempts and body."""

    permissions = {"GET": P.WEBHOOK_READ}
    gives = {"GET": DeliveryDetailOut}

    def get(self, request: Request, delivery_id: UUID) -> Response:
        return self.answer(self.one(selectors.deliveries_with_attempts(self.caller), id=delivery_id))


class DeliveryReplay(TenantView):
    """Send one delivery again, under the same `webhook-id`."""

    permissions = {"POST": P.WEBHOOK_WRITE}
    gives = {"POST": DeliveryOut}
    statuses = {"POST": 202}

    def post(self, request: Request, delivery_id: UUID) -> Response:
        delivery = self.one(selectors.deliveries(self.caller).select_related("endpoint"), id=delivery_id)
        return self.answer(services.replay_delivery(caller=self.caller, delivery=delivery))


class EventTypeList(TenantView):
    """Every event type, each with the JSON schema of its body and an example."""

    permissions = {"GET": P.WEBHOOK_READ}
    gives = {"GET": Catalogue}

    def get(self, request: Request) -> Response:
        return self.answer({"results": event_types().values()})


class ProjectWebhook(TenantView):
    """The project's own webhook: a view on one row among the endpoints."""

    permissions = {"GET": P.WEBHOOK_READ, "PATCH": P.WEBHOOK_WRITE}
    takes = {"PATCH": ProjectWebhookIn}
    gives = {"GET": ProjectWebhookOut, "PATCH": ProjectWebhookOut}

    def get(self, request: Request, project_id: UUID) -> Response:
        project = self.one(projects(self.caller), id=project_id)
        return self.answer((selectors.project_webhook(self.caller, project), None))

    def patch(self, request: Request, project_id: UUID) -> Response:
        asked, project = self.body(), self.one(projects(self.caller), id=project_id)
        return self.answer(
            services.set_project_webhook(
                caller=self.caller,
                project=project,
                url=asked.get("webhook_url"),
                is_enabled=asked.get("webhook_enabled"),
            )
        )
