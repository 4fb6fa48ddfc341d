"""The words of finished weights, measured again as training measured them: after the measure or the check changed.

python -m engine.training.reword MANIFEST CACHE     writes the part wording of engine/weights/run.json anew
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import AutoTokenizer

from engine.evaluation.wording import Wording, measure
from engine.model.load import load_vlm, prepare
from engine.model.vision import to_input
from engine.training.films import plain
from engine.training.train import SHIPPED, Progress, TrainSettings, cohort, folds, unseen


@torch.no_grad()
def reword(manifest: Path, cache: Path, progress: Progress) -> Wording:
    """Let the shipped weights, in 16 bits, word the facts that training kept from them, beside the same val films."""
    settings = TrainSettings(manifest)
    judged = cohort(folds(settings)[1][: settings.worded], progress)
    home = prepare(cache, progress, "bf16")
    model = load_vlm(home, "bf16").model
    films = to_input(plain(judged.squares, model.config.vision_config.image_size))
    seen = model.model.vision_tower(films).last_hidden_state
    tokenizer = AutoTokenizer.from_pretrained(home, local_files_only=True)
    return measure(model, tokenizer, unseen(model, seen, judged, settings), progress)


def main() -> None:
    """Measure, and write the figures into the record of the run."""
    path = SHIPPED / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    found = reword(
        Path(sys.argv[1]), Path(sys.argv[2]), lambda step, done: sys.stderr.write(f"{step} {done:.0%}\n")
    )
    record["wording"] = asdict(found)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
