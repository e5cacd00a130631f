"""A function in a process of its own: its result, or one line on what became of it, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from instrument.doctor.trial import TrialError, attempt
from tests.rig_osc import PATIENCE_S

ROOT = Path(__file__).parents[2]


def hang(path: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    path.write_text(str(os.getpid()))
    time.sleep(1000)


def end(code: int) -> None:
    os._exit(code)


def fail(text: str) -> None:
    print("noise of a library", flush=True)
    os.write(2, b"more noise\n")
    raise ValueError(text)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_result_comes_back() -> None:
    assert attempt(divmod, 17, 5, limit_s=PATIENCE_S) == (3, 2)


def test_what_raises_is_one_line_and_its_noise_is_lost(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrialError, match=r"^one two$"):
        attempt(fail, "one\n  two", limit_s=PATIENCE_S)
    assert capfd.readouterr() == ("", "")


def test_a_process_that_ends_says_how() -> None:
    with pytest.raises(TrialError, match="its process ended with exit code 7"):
        attempt(end, 7, limit_s=PATIENCE_S)
    with pytest.raises(TrialError, match="its process ended with exit code -6"):
        attempt(os.abort, limit_s=PATIENCE_S)


def test_what_hangs_is_killed(tmp_path: Path) -> None:
    """However little it wants to end. The limit is long enough for a process to start on a busy machine."""
    path = tmp_path / "pid"
    with pytest.raises(TrialError, match="no answer within 20 s"):
        attempt(hang, path, limit_s=20.0)
    assert not is_running(int(path.read_text()))


def test_ctrl_c_ends_it_in_order_and_takes_the_process_along(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    code = (
        "import pathlib, signal, sys\n"
        "from instrument.doctor.trial import attempt\n"
        "from tests.instrument.test_trial import hang\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have us ignore it\n"
        "    try:\n"
        "        attempt(hang, pathlib.Path(sys.argv[1]), limit_s=1000.0)\n"
        "    except KeyboardInterrupt:\n"
        "        print('interrupted')\n"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    process = subprocess.Popen(
        [sys.executable, str(program), str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + PATIENCE_S
    while not (path.exists() and path.read_text()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of the group
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
    assert not is_running(int(path.read_text()))
