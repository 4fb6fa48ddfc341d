"""One hand for everybody: a film that waits goes before the words, and nothing runs beside anything."""

import threading

import pytest

from engine.model.hand import Hand


def test_who_begins_goes_before_who_goes_on():
    hand, order = Hand(), []
    began, go = threading.Event(), threading.Event()

    def hold():
        began.set()
        go.wait(10)

    holding = threading.Thread(target=hand.go_on, args=(hold,))
    holding.start()
    began.wait(10)
    callers = [threading.Thread(target=hand.go_on, args=(lambda: order.append("words"),)) for _ in range(3)]
    callers.append(threading.Thread(target=hand.begin, args=(lambda: order.append("film"),)))
    for caller in callers:
        caller.start()
    while hand._beginning == 0:
        pass
    go.set()
    for caller in (holding, *callers):
        caller.join(10)
    assert order == ["film", "words", "words", "words"]


def test_one_thread_does_everything_and_gives_back_what_it_found():
    hand = Hand()
    assert hand.begin(threading.get_ident) == hand.go_on(threading.get_ident) != threading.get_ident()


def test_what_fails_fails_for_who_asked_and_the_hand_is_free_again():
    hand = Hand()
    for turn in (hand.begin, hand.go_on):
        with pytest.raises(ZeroDivisionError):
            turn(lambda: 1 / 0)
    assert hand.begin(lambda: "free") == "free"
