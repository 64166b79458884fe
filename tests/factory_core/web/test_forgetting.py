"""Remembered answers go after 72 hours, and not before."""

from datetime import timedelta

import pytest

from factory_core.web.models import AnsweredRequest
from factory_core.web.tasks import forget_answers


@pytest.mark.django_db
def test_answers_are_forgotten_after_72_hours(cast, clock):
    for key, hours in (("old", 73), ("young", 71)):
        AnsweredRequest.objects.create(
            key=key, user=cast.operator, fingerprint="", status=200, at=clock.at - timedelta(hours=hours)
        )
    forget_answers(timestamp=0)
    assert list(AnsweredRequest.objects.values_list("key", flat=True)) == ["young"]
