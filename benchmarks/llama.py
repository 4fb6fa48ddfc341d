"""How fast llama.cpp decodes: `python benchmarks/llama.py MODEL.gguf TOKENS PROMPT`; needs the package xllamacpp, which Firstread does not.

`benchmarks/read.py` runs it, so that both speeds stand in one table.
"""

import json
import os
import sys
from importlib.metadata import version
from statistics import median

REPEATS = 3


def main() -> int:
    try:
        import xllamacpp
    except ImportError:
        print(json.dumps({"skipped": "llama.cpp was not measured: xllamacpp is not installed there."}))
        return 0
    model, tokens, prompt = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel = model, 512, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count()
    server = xllamacpp.Server(params)
    asked = {"prompt": prompt, "n_predict": int(tokens), "temperature": 0, "ignore_eos": True}
    asked["cache_prompt"] = False
    rates = [server.handle_completions(asked)["timings"]["predicted_per_second"] for _ in range(REPEATS)]
    print(json.dumps({"version": version("xllamacpp"), "tokens_per_s": round(median(rates), 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
