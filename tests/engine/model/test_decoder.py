import threading

import pytest
import torch

from engine.model.decoder import AGAIN, Decoder, repeats, shared_length
from tests.engine.model.tiny import a_model
from tests.engine.words import a_tokenizer
from triage.errors import ReaderFailed

FILM = "<reponame><reponame><reponame><reponame> word7 word8 word9 "
ASKED = (FILM + "word10", FILM + "word11 word12 word13", FILM + "word14 left")
MOST = 12


@pytest.fixture
def model():
    made = a_model()
    made.lm_head.weight = torch.nn.Parameter(
        torch.randn(64, 64)
    )  # tied to its input it would say one word for ever
    return made


def soft_tokens(seed=0):
    return torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(seed))


def alone(model, prompt, z):
    """What transformers' own loop answers."""
    tokenizer = a_tokenizer()
    asked = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
    with torch.inference_mode():
        ids = model.generate(
            **asked, soft_tokens=z, max_new_tokens=MOST, do_sample=False, eos_token_id=0, pad_token_id=0
        )
    return tokenizer.decode(ids[0][asked["input_ids"].shape[1] :], skip_special_tokens=True)


def written(decoder, prompts, z):
    texts = [""] * len(prompts)
    for which, piece in decoder.write(prompts, z):
        texts[which] += piece
    return texts


def test_three_texts_at_once_are_what_each_would_have_been_alone(model):
    z = soft_tokens()
    assert written(Decoder(model, a_tokenizer(), MOST), ASKED, z) == [alone(model, p, z) for p in ASKED]


def test_a_text_without_a_film_is_what_it_would_have_been_alone(model):
    asked = ["word7 word8", "word7 left"]
    assert written(Decoder(model, a_tokenizer(), MOST), asked, None) == [alone(model, p, None) for p in asked]


def test_questions_with_nothing_in_common_are_answered_as_if_alone(model):
    asked = ["word5 word6 word7 word8", "word11", "left word13 word14"]
    decoder = Decoder(model, a_tokenizer(), MOST)
    assert decoder.answers(asked, None) == [decoder.answers([p], None)[0] for p in asked]
    assert decoder.answers([], None) == []


def test_who_joins_late_and_who_leaves_early_change_nobody_s_words(model):
    decoder = Decoder(model, a_tokenizer(), MOST)
    first, second, third = (decoder.write(ASKED, soft_tokens(seed)) for seed in range(3))
    texts = [""] * 3
    for _ in range(7):
        which, piece = next(first)
        texts[which] += piece
    next(third)
    late = written(decoder, ASKED, soft_tokens(1))
    third.close()
    for which, piece in first:
        texts[which] += piece
    assert texts == [alone(model, p, soft_tokens(0)) for p in ASKED]
    assert late == [alone(model, p, soft_tokens(1)) for p in ASKED]
    assert [piece for _, piece in second]
    assert decoder._texts == []


def test_callers_in_many_threads_get_their_own_words(model):
    decoder, found = Decoder(model, a_tokenizer(), MOST), {}

    def call(seed):
        found[seed] = written(decoder, ASKED, soft_tokens(seed))

    callers = [threading.Thread(target=call, args=(seed,)) for seed in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert found == {seed: [alone(model, p, soft_tokens(seed)) for p in ASKED] for seed in range(6)}


def test_a_model_that_breaks_off_fails_everybody_in_words_and_serves_the_next(model):
    decoder = Decoder(model, a_tokenizer(), MOST)
    waiting = decoder.write(ASKED, soft_tokens())
    next(waiting)
    decoder._texts[0].memory._kept[1] = (
        torch.zeros(1, 1, 50, 7),
    ) * 2  # as after a step that broke off half-way
    with pytest.raises(ReaderFailed, match="broke off"):
        list(waiting)
    assert written(decoder, ASKED[:1], soft_tokens()) == [alone(model, ASKED[0], soft_tokens())]


def test_a_prompt_with_other_places_than_the_film_has_is_refused_alone(model):
    decoder = Decoder(model, a_tokenizer(), MOST)
    with pytest.raises(ReaderFailed):
        list(decoder.write(["<reponame> word7"], soft_tokens()))
    assert written(decoder, ASKED, soft_tokens())


def test_a_text_that_repeats_itself_is_finished_and_the_others_go_on():
    assert not repeats([*range(40)])
    assert not repeats([*range(AGAIN), 99, *range(AGAIN - 1)])
    assert repeats([*range(AGAIN), 99, *range(AGAIN)])
    assert repeats([7] * 2 * AGAIN)


def test_a_loop_does_not_hold_up_the_others(model):
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(64, 64))  # says the first word for ever
    model.lm_head.bias = torch.nn.Parameter(torch.eye(64)[7])
    pieces = list(Decoder(model, a_tokenizer(), 1000).write(ASKED, soft_tokens()))

    assert [which for which, piece in pieces if not piece] == [0, 1, 2]
    assert len(pieces) == 3 * (2 * AGAIN + 1)


@pytest.mark.parametrize(("asked", "common"), [([[1, 2, 3], [1, 2, 4]], 2), ([[1], [2]], 0), ([[1, 2]], 2)])
def test_what_questions_share_is_counted(asked, common):
    assert shared_length(asked) == common
