"""Under `/scim/v2/<connection>/`."""

from django.urls import path

from sso.scim import views

urlpatterns = [
    path("Users", views.UserList.as_view(), name="user-list"),
    path("Users/<uuid:user_id>", views.UserDetail.as_view(), name="user-detail"),
    path("Groups", views.GroupList.as_view(), name="group-list"),
    path("Groups/<uuid:group_id>", views.GroupDetail.as_view(), name="group-detail"),
    path("ServiceProviderConfig", views.ProviderConfig.as_view(), name="provider-config"),
    path("Schemas", views.SchemaList.as_view(), name="schema-list"),
    path("Schemas/<str:name>", views.SchemaList.as_view(), name="schema-detail"),
    path("ResourceTypes", views.ResourceTypeList.as_view(), name="resource-type-list"),
    path("ResourceTypes/<str:name>", views.ResourceTypeList.as_view(), name="resource-type-detail"),
    path("<path:path>", views.Nowhere.as_view(), name="nowhere"),
]
