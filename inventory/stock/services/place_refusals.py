"""Why places and counts say no."""

from factory_core.errors import Invalid, Refused


class BadPlace(Invalid):
    """A place cannot be like that; the sentence says what is wrong."""

    code = "bad_place"


class PlaceExists(Refused):
    """Another place has this code."""

    code = "place_exists"


class PlaceInItself(Refused):
    """A place cannot stand inside itself, however deep."""

    code = "place_in_itself"


class PlaceNotEmpty(Refused):
    """Something lies or stands there."""

    code = "place_not_empty"


class NotAPallet(Invalid):
    """Only pallets are moved as a whole."""

    code = "not_a_pallet"


class OtherSite(Refused):
    """A place belongs to its site."""

    code = "other_site"


class BadSerialSeries(Refused):
    """The series of SSCC does not give 17 digits."""

    code = "bad_sscc_series"


class CountUnderWay(Refused):
    """Another count of the same places is not over yet."""

    code = "count_under_way"


class WrongCountStatus(Refused):
    """The status of the count does not allow it."""

    code = "wrong_count_status"


class NotInCount(Invalid):
    """The place or line is no part of the count."""

    code = "not_in_count"


class CountedAlready(Refused):
    """Somebody counted this line; replacing it or adding to it must be meant."""

    code = "counted_already"


class NotAllCounted(Refused):
    """Lines of the count wait to be counted."""

    code = "not_all_counted"


class TwoPeopleNeeded(Refused):
    """Who counted does not accept the differences."""

    code = "two_people_needed"
