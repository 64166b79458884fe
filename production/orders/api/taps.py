"""What every act of the shop floor may say."""

from typing import Any

from rest_framework import serializers


class TapWish(serializers.Serializer[Any]):
    """An act whose only wish is the moment of the tap."""

    at = serializers.DateTimeField(required=False)


class OrderReasonWish(TapWish):
    """An act that says why."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
