"""Who may import whom is kept by contract, and a broken contract is noticed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_importing_every_screen_leaves_torch_alone():
    code = (
        "import sys, dashboard.asgi, dashboard.wiring, dashboard.intake\n"
        "heavy = {'torch', 'transformers', 'bitsandbytes'} & set(sys.modules)\n"
        "sys.exit(f'{heavy}' if heavy else 0)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
