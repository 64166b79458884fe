"""The arithmetic of value: exact, and without dust."""

from decimal import Decimal

from inventory.stock.rules.valuation import Book, Held, Layer, by_average, first_in, unit_cost_of, within, worth

D = Decimal


def test_the_average_is_value_by_quantity_and_unknown_while_nothing_is_held() -> None:
    assert Held(D(4), D(10)).average == D("2.5")
    assert Held(D(0), D(0)).average is None


def test_an_issue_takes_its_share_of_the_value() -> None:
    assert by_average(Held(D(3), D(10)), D(1)) == D("3.333333")


def test_the_last_unit_takes_what_rounding_left() -> None:
    held, taken = Held(D(3), D(10)), []
    for _unit in range(3):
        value = by_average(held, D(1))
        taken.append(value)
        held = Held(held.quantity - 1, held.value - value)
    assert taken == [D("3.333333"), D("3.333334"), D("3.333333")]
    assert held == Held(D(0), D(0))


def test_a_receipt_is_kept_to_six_digits() -> None:
    assert worth(D("0.333333"), D("0.1")) == D("0.033333")
    assert unit_cost_of(D(3), D(10)) == D("3.333333")


def test_first_in_goes_first_and_says_what_is_left_of_each_receipt() -> None:
    layers = [Layer(2, D(10), D(7)), Layer(1, D(10), D(5))]
    taken = first_in(Held(D(20), D(120)), layers, D(15))
    assert taken.value == D(85)
    assert taken.changed == (Layer(1, D(0), D(5)), Layer(2, D(5), D(7)))


def test_stock_from_before_the_first_layer_goes_first_at_what_it_is_worth() -> None:
    taken = first_in(Held(D(14), D(42)), [Layer(9, D(4), D(3))], D(12))
    assert taken.value == D(36)
    assert taken.changed == (Layer(9, D(2), D(3)),)


def test_a_receipt_taken_back_takes_its_own_layer_though_older_ones_lie_there() -> None:
    layers = [Layer(1, D(10), D(5)), Layer(2, D(10), D(7))]
    taken = first_in(Held(D(20), D(120)), layers, D(10), before=2)
    assert taken.value == D(70)
    assert taken.changed == (Layer(2, D(0), D(7)),)


def test_no_more_value_goes_than_is_there_and_all_of_it_with_the_last_unit() -> None:
    assert within(Held(D(10), D(50)), D(5), D(90)) == D(50)
    assert within(Held(D(10), D(50)), D(10), D(1)) == D(50)
    assert within(Held(D(10), D(50)), D(5), D(-1)) == D(0)


def test_a_book_folded_from_entries_keeps_the_layers_of_first_in_first_out() -> None:
    book = Book()
    book.enter(1, D(10), D(50), layered=True, takes_back=None)
    book.enter(2, D(10), D(70), layered=True, takes_back=None)
    book.enter(3, D(-15), D(-85), layered=True, takes_back=None)
    assert (book.quantity, book.value) == (D(5), D(35))
    assert list(book.layers.values()) == [Layer(2, D(5), D(7))]
    book.enter(4, D(-1), D(-7), layered=False, takes_back=None)
    assert book.layers == {}
