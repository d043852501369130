"""Shapes of the IP allow-list. Networks become canonical text here, and over-broad ones are refused."""

from ipaddress import IPv6Network, ip_network
from typing import Any

from rest_framework import serializers

from organizations.networks.models import AllowedNetwork
from promptguard.core.clientip import Network, normalise

# Wider than the largest block a registry hands out: it would allow the world by another name.
SHORTEST_PREFIX = {4: 8, 6: 24}


class CidrField(serializers.CharField):
    """A network, or a single address, as canonical text; IPv4-mapped IPv6 becomes the IPv4 it means."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data).strip()
        try:
            network = unmapped(ip_network(text))
        except ValueError as error:
            told = "Not a network: write 203.0.113.0/24 or 2001:db8::/32, with no bits set after the prefix."
            raise serializers.ValidationError(told) from error
        shortest = SHORTEST_PREFIX[network.version]
        if network.prefixlen < shortest:
            raise serializers.ValidationError(
                f"Too broad: IPv{network.version} needs a prefix of /{shortest} or longer."
            )
        return str(network)


def unmapped(network: Network) -> Network:
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return ip_network(f"{mapped}/{network.prefixlen - 96}") if mapped and network.prefixlen >= 96 else network


class AllowedNetworkIn(serializers.Serializer):
    cidr = CidrField(max_length=64)
    label = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    confirm = serializers.BooleanField(
        default=False, help_text="Do it even if your own address would not pass."
    )


class AllowedNetworkChanges(serializers.Serializer):
    label = serializers.CharField(max_length=100, allow_blank=True)  # type: ignore[assignment]


class AllowedNetworkOut(serializers.ModelSerializer):
    class Meta:
        model = AllowedNetwork
        fields = ["id", "cidr", "label", "created_at"]


class Confirmation(serializers.Serializer):
    confirm = serializers.BooleanField(default=False)


class AddressQuery(serializers.Serializer):
    address = serializers.CharField(max_length=64, required=False)

    def validate_address(self, text: str) -> str:
        if (address := normalise(text)) is None:
            raise serializers.ValidationError("Not an IP address.")
        return address


class AddressVerdict(serializers.Serializer):
    address = serializers.CharField(allow_null=True, help_text="Null: yours cannot be known.")
    passes = serializers.BooleanField()
    network_id = serializers.UUIDField(allow_null=True, help_text="The entry that lets it in.")
    is_restricted = serializers.BooleanField(help_text="False: the list is empty, and everybody passes.")
