"""Papermill engine that runs the cells in a clean IPython shell of the current process.

Registered at Papermill's own extension point as `cepkit`. Each batch job is a fresh process,
so that the shell starts clean; `engine="kernel"` runs a real kernel over IPC sockets, and
`normalise` makes both give the same notebook.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import count, groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook
from traitlets.config import Config

from cepkit.batch import workers
from cepkit.show import frames

INLINE = "module://matplotlib_inline.backend_inline"
_CELL_FILE = re.compile(r"(?:<ipython-input-[^>]*>|[^\s\"']*ipykernel_\d+[\\/]\d+\.py)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Outputs(list):
    """Outputs of the running cell, in the order and shape that a kernel client records."""

    def stream(self, name: str, text: str) -> None:
        if self and self[-1].output_type == "stream" and self[-1].name == name:
            self[-1].text += text
        elif text:
            self.append(nbformat.v4.new_output("stream", name=name, text=text))


class _Stream(io.TextIOBase):
    """A text stream whose writes become stream outputs."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs):
        self._name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        self._outputs.stream(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    """Records `display(...)` calls; honours `clear_output` and updates by display id."""

    outputs: Outputs

    def publish(self, data, metadata=None, *, transient=None, update=False, **_):
        key = (transient or {}).get("display_id")
        if update:
            for output in self.outputs:
                if getattr(output, "cepkit_id", None) == key:
                    output.data, output.metadata = data, metadata or {}
            return
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata or {})
        if key is not None:
            object.__setattr__(output, "cepkit_id", key)
        self.outputs.append(output)

    def clear_output(self, wait=False):
        self.outputs.clear()


class _Hook(DisplayHook):
    """Records the value of the last expression of a cell."""

    outputs: Outputs

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.outputs.append(nbformat.v4.new_output(
            "execute_result", data=format_dict, metadata=md_dict or {},
            execution_count=self.prompt_count))

    def finish_displayhook(self):
        pass


class _Shell(InteractiveShell):
    outputs: Outputs

    def _showtraceback(self, etype, evalue, stb):
        self.outputs.append(nbformat.v4.new_output(
            "error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb)))

    def enable_gui(self, gui=None):
        """No event loop in a batch."""


def _new_shell(outputs: Outputs, module: ModuleType) -> _Shell:
    """A shell without history or colours, whose namespace is `module`."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = _Shell(config=config, user_module=module, user_ns=module.__dict__)
    shell.outputs = outputs
    shell.display_pub = _Publisher(parent=shell, shell=shell)
    shell.display_pub.outputs = outputs
    shell.displayhook = _Hook(parent=shell, shell=shell)
    shell.displayhook.outputs = outputs
    shell.display_trap.hook = shell.displayhook
    frames.register(shell)
    return shell


def _inline_figures(shell: _Shell) -> None:
    """Figures left open by a cell are displayed at its end, as in a kernel."""
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    activate_matplotlib(INLINE)
    configure_inline_support(shell, INLINE)


@contextmanager
def clean_shell(outputs: Outputs) -> Iterator[_Shell]:
    """A fresh shell over a fresh `__main__`; what was there before is put back."""
    before = sys.modules["__main__"], sys.stdin
    module = ModuleType("__main__")
    sys.modules["__main__"], sys.stdin = module, io.StringIO()
    shell = _new_shell(outputs, module)
    InteractiveShell._instance = _Shell._instance = shell
    _inline_figures(shell)
    try:
        yield shell
    finally:
        InteractiveShell._instance = _Shell._instance = None
        sys.modules["__main__"], sys.stdin = before


def _watched(nb_man):
    """Tell the parent which cell starts: it keeps the time."""
    start, numbers = nb_man.cell_start, count(1)

    def cell_start(cell, cell_index=None, **options):
        if cell.cell_type == "code" and cell.source.strip():
            workers.at_cell(next(numbers))
        return start(cell, cell_index, **options)

    nb_man.cell_start = cell_start
    return nb_man


class CepkitEngine(Engine):
    """Papermill engine `cepkit`: no kernel, no socket, no history."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **_):
        """Run the code cells in order and stop at the first failure, as Papermill does."""
        outputs = Outputs()
        with (clean_shell(outputs) as shell, redirect_stdout(_Stream("stdout", outputs)),
              redirect_stderr(_Stream("stderr", outputs))):
            for index, cell in enumerate(_watched(nb_man).nb.cells):
                nb_man.cell_start(cell, index)
                failed = cell.cell_type == "code" and not _run_cell(shell, outputs, cell)
                if failed:
                    nb_man.cell_exception(cell, cell_index=index)
                nb_man.cell_complete(cell, cell_index=index)
                if failed:
                    break


class KernelEngine(NBClientEngine):
    """Papermill engine `cepkit-noyau`: a real kernel, whose cells are timed too."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        """Run the cells in a kernel."""
        super().execute_managed_notebook(_watched(nb_man), kernel_name, **options)


def _run_cell(shell: _Shell, outputs: Outputs, cell) -> bool:
    """Execute one code cell and record its outputs; True when it succeeded."""
    if not cell.source.strip():
        return True
    outputs.clear()
    count = shell.execution_count
    result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = count
    cell.outputs = [nbformat.from_dict(output) for output in outputs]
    return result.success


papermill_engines.register("cepkit", CepkitEngine)
papermill_engines.register("cepkit-noyau", KernelEngine)


def _kernel_options(folder: str) -> dict[str, Any]:
    """Channels over IPC sockets in a private folder (TCP on Windows, which has no other).

    ipykernel still opens one loopback pipe of its own; the default engine opens nothing.
    """
    if sys.platform == "win32":
        return {"engine_name": "cepkit-noyau"}
    manager = {"transport": "ipc", "connection_file": str(Path(folder) / "noyau.json")}
    return {"engine_name": "cepkit-noyau", "config": Config({"KernelManager": manager})}


def execute(notebook: bytes, parameters: Mapping[str, Any], *, engine: str = "inprocess",
            cwd: Path | str | None = None) -> tuple[nbformat.NotebookNode, str | None]:
    """Run a notebook through Papermill's API.

    Returns the normalised notebook and None, or the notebook as far as it went and the
    message « cellule n : Type: text ». Parameters must have been validated before.
    """
    source = nbformat.reads(notebook.decode("utf-8"), as_version=4)
    node = nbformat.from_dict(source)
    failure = None
    with tempfile.TemporaryDirectory(prefix="cepkit-") as folder:
        options = _kernel_options(folder) if engine == "kernel" else {"engine_name": "cepkit"}
        written = Path(folder) / "execute.ipynb"
        try:
            node = execute_notebook(node, str(written), dict(parameters), progress_bar=False,
                                    autosave_cell_every=0, cwd=cwd,
                                    request_save_on_cell_execute=False, **options)
        except PapermillExecutionError as error:
            node = nbformat.read(written, as_version=4)
            failure = f"cellule {error.exec_count} : {error.ename}: {_plain(error.evalue)}"
            failure += "" if failure.endswith((".", "!", "?")) else "."
        finally:
            workers.at_cell(0)
    return normalise(node, notebook), failure


def _plain(text: str) -> str:
    return _CELL_FILE.sub("<cellule>", _ANSI.sub("", text)).strip()


def normalise(node: nbformat.NotebookNode, source: bytes) -> nbformat.NotebookNode:
    """Drop all that differs between two runs or two engines: times, paths, random ids."""
    original = nbformat.reads(source.decode("utf-8"), as_version=4)
    known = {cell.get("id") for cell in original.cells}
    parameters = node.metadata.get("papermill", {}).get("parameters", {})
    node.metadata = nbformat.from_dict(original.metadata)
    node.metadata["papermill"] = {"parameters": parameters}
    node.nbformat, node.nbformat_minor = 4, 5
    for number, cell in enumerate(node.cells):
        if cell.get("id") not in known or cell.get("id") is None:
            cell["id"] = f"cellule-{number:03d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = _normal_outputs(cell.outputs)
    return node


def _normal_outputs(outputs: list) -> list:
    """Streams merged (how they interleave depends on timing), paths and colours removed."""
    normal: list = []
    for kind, group in groupby(outputs, key=lambda output: output.output_type):
        group = list(group)
        if kind == "stream":
            texts = {name: _plain("".join(o.text for o in group if o.name == name))
                     for name in ("stdout", "stderr")}
            normal += [nbformat.v4.new_output("stream", name=name, text=text + "\n")
                       for name, text in texts.items() if text]
            continue
        for output in group:
            if kind == "error":
                output.traceback = [_plain(line) for line in output.traceback]
                output.evalue = _plain(output.evalue)
        normal += group
    return normal
