"""Under `/scim/v2/<connection>/`."""

from django.urls import path

from sso.scim.views import descriptions, groups, users

urlpatterns = [
    path("Users", users.UserList.as_view(), name="user-list"),
    path("Users/<uuid:user_id>", users.UserDetail.as_view(), name="user-detail"),
    path("Groups", groups.GroupList.as_view(), name="group-list"),
    path("Groups/<uuid:group_id>", groups.GroupDetail.as_view(), name="group-detail"),
    path("ServiceProviderConfig", descriptions.ProviderConfig.as_view(), name="provider-config"),
    path("Schemas", descriptions.SchemaList.as_view(), name="schema-list"),
    path("Schemas/<str:name>", descriptions.SchemaList.as_view(), name="schema-detail"),
    path("ResourceTypes", descriptions.ResourceTypeList.as_view(), name="resource-type-list"),
    path("ResourceTypes/<str:name>", descriptions.ResourceTypeList.as_view(), name="resource-type-detail"),
    path("<path:path>", descriptions.Nowhere.as_view(), name="nowhere"),
]
