"""The in-process engine records what a real kernel records."""

from __future__ import annotations

import subprocess
import sys

import nbformat

from cepkit.batch.engine import execute
from tests.batch.notebooks import notebook

RICH = notebook(
    "# Titre",
    "import sys\nprint(region); print('note', file=sys.stderr); print('fin')",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "from IPython.display import HTML, display\n"
    "h = display(HTML('<b>1</b>'), display_id='k')\nh.update(HTML('<i>2</i>'))",
    "import pickle\nclass A:\n    pass\n\n(__name__, len(pickle.dumps(A())))",
    "x = !echo bonjour\nx",
    "_",
)


def both(content: bytes) -> tuple:
    return tuple(execute(content, {"region": "53"}, engine=e) for e in ("inprocess", "kernel"))


def test_both_engines_give_the_same_bytes():
    (ours, failed), (theirs, failed_too) = both(RICH)
    assert (failed, failed_too) == (None, None)
    assert nbformat.writes(ours) == nbformat.writes(theirs)
    kinds = [[o.output_type for o in c.outputs] for c in ours.cells if c.cell_type == "code"]
    assert kinds[2:6] == [["stream", "stream"], ["execute_result"], ["display_data"],
                          ["display_data"]]


def test_two_runs_give_the_same_bytes_and_name_no_machine():
    first, second = (nbformat.writes(execute(RICH, {"region": "53"})[0]) for _ in range(2))
    assert first == second
    for word in ("/tmp", "start_time", "duration", "input_path"):
        assert word not in first


def test_both_engines_stop_at_the_failing_cell():
    content = notebook("1 + 1", "{}['absent']", "print('jamais')")
    (ours, message), (theirs, same) = both(content)
    assert message == same == "cellule 4 : KeyError: 'absent'."
    assert nbformat.writes(ours) == nbformat.writes(theirs)
    assert ours.cells[-1].outputs == []


def test_the_process_is_left_as_it_was():
    before, stdout = sys.modules["__main__"], sys.stdout
    execute(notebook("import sys\nsys.modules['__main__'].x = 1"), {"region": "53"})
    assert (sys.modules["__main__"], sys.stdout) == (before, stdout)
    assert not hasattr(before, "x")


def test_a_notebook_opens_no_tcp_port():
    content = notebook(
        "import os\n"
        "def listening(path):\n"
        "    rows = [line.split() for line in open(path)][1:]\n"
        "    return {r[9] for r in rows if r[3] == '0A'}\n"
        "mine = {os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')\n"
        "        if os.path.islink(f'/proc/self/fd/{n}')}\n"
        "[i for p in ('/proc/net/tcp', '/proc/net/tcp6') for i in listening(p)\n"
        " if f'socket:[{i}]' in mine]")
    node, failed = execute(content, {"region": "53"})
    assert failed is None
    assert node.cells[-1].outputs[0].data["text/plain"] == "[]"


def test_importing_the_light_part_loads_no_heavy_library():
    code = ("import sys, cepkit.batch; "
            "print([m for m in ('pandas', 'papermill', 'IPython', 'matplotlib') "
            "if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
