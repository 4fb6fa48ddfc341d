from dataclasses import dataclass

import torch

from engine.training.checkpoint import Checkpoint


@dataclass(frozen=True)
class Some:
    rate: float = 0.1


def parts():
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1)


def a_step(model, optimizer, schedule):
    optimizer.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    schedule.step()


def test_a_stopped_stage_goes_on_as_if_it_had_never_stopped(tmp_path):
    straight = parts()
    a_step(*straight)
    kept = Checkpoint(tmp_path, "tower", Some())
    kept.losses.append(1.5)
    kept.save(straight[0].state_dict(), *straight[1:])
    a_step(*straight)

    resumed = parts()
    again = Checkpoint(tmp_path, "tower", Some())
    again.restore(*resumed, strict=True)
    a_step(*resumed)

    assert again.losses == [1.5]
    assert torch.equal(resumed[0].weight, straight[0].weight)


def test_other_settings_start_anew(tmp_path):
    model, optimizer, schedule = parts()
    kept = Checkpoint(tmp_path, "tower", Some())
    kept.losses.append(1.5)
    kept.save(model.state_dict(), optimizer, schedule)

    assert Checkpoint(tmp_path, "tower", Some(rate=0.2)).losses == []
    assert not Checkpoint(tmp_path, "language", Some()).found
