"""Numbers as people type them."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST = Decimal(10) ** 12


@extend_schema_field(OpenApiTypes.DECIMAL)
class DecimalWish(serializers.Field[Any, Any, Any, Any]):
    """A number in which comma and point are both the decimal sign; six digits behind it. Nothing typed is None."""

    def to_internal_value(self, data: Any) -> Decimal | None:
        """The number, or a fault that shows what was read."""
        text = str(data).strip().replace(",", ".")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= LARGEST:
            raise serializers.ValidationError(
                _("'%(text)s' is not a number. Expected for example 12.5.") % {"text": text[:40]}
            )
        return number.quantize(Decimal("0.000001")).normalize()

    def to_representation(self, value: Any) -> str:
        """As a decimal string."""
        return f"{value:f}"
