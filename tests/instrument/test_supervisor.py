"""Real processes, really killed: a child that is dead or stuck is noticed and replaced."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from instrument.supervisor import QUICK_RESTARTS, QUICK_WITHIN_S, SLOW_RESTART_S, Child, Restarts, Supervisor
from tests.instrument import fake_children

PATIENCE_S = 60.0  # a loaded machine may take long to start a process; this only ends a test that hangs


class Stage:
    """A supervisor with one child, and the news so far."""

    def __init__(self, target: Callable[..., None], **settings: Any) -> None:
        settings = {"start_limit_s": PATIENCE_S, "consequence": "the show goes on"} | settings
        self.child = Child("echo", target, (), **settings)
        self.supervisor = Supervisor()
        self.supervisor.start(self.child)

    def until(self, kind: str) -> tuple[Any, ...]:
        """The next message of a kind."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for _, message in self.supervisor.poll(0.05):
                if message[0] == kind:
                    return message
        raise AssertionError(f"no {kind!r} within {PATIENCE_S} s")


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(target: Callable[..., None] = fake_children.echo, **settings: Any) -> Stage:
        stages.append(Stage(target, **settings))
        return stages[-1]

    yield make
    for made in stages:
        made.supervisor.stop()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_answers_and_leaves_ctrl_c_to_the_console(stage: Callable[..., Stage]) -> None:
    made = stage(environment={"LADMG_TEST": "yes"})
    _, _, variable, blocks_interrupts = made.until("up")
    assert variable == "yes"
    assert "LADMG_TEST" not in os.environ
    assert blocks_interrupts
    assert made.child.send(("hello", 1))
    assert made.until("hello") == ("hello", 1)


def test_a_killed_child_is_replaced(stage: Callable[..., Stage]) -> None:
    made = stage()
    _, pid, *_ = made.until("up")
    os.kill(pid, signal.SIGKILL)
    text = "echo stopped (exit code -9), restarting; the show goes on"
    assert made.until("lost") == ("lost", text)
    _, new_pid, *_ = made.until("up")
    assert new_pid != pid
    assert made.child.n_starts == 2


def test_what_a_child_said_before_it_died_is_heard_first(stage: Callable[..., Stage]) -> None:
    made = stage()
    made.until("up")
    made.child.send(("exit", 3))
    heard: list[str] = []
    while "lost" not in heard:
        heard += [message[0] for _, message in made.supervisor.poll(0.05)]
    assert heard[:2] == ["last words", "lost"]


def test_a_child_that_gives_no_result_in_time_is_replaced(stage: Callable[..., Stage]) -> None:
    made = stage(fake_children.deaf)
    _, pid, *_ = made.until("up")
    made.child.settle(time.monotonic())
    made.child.expect(0.2, time.monotonic())
    assert "no result within 0.2 s" in made.until("lost")[1]
    assert not is_alive(pid)
    assert made.until("up")[1] != pid


def test_a_stopped_child_is_replaced(stage: Callable[..., Stage]) -> None:
    """SIGSTOP: the process is there, it just does nothing, and SIGTERM would wait for ever."""
    made = stage()
    _, pid, *_ = made.until("up")
    os.kill(pid, signal.SIGSTOP)
    made.child.expect(0.2, time.monotonic())
    assert "no result" in made.until("lost")[1]
    assert not is_alive(pid)


def test_a_child_whose_pulse_stands_still_is_replaced(stage: Callable[..., Stage]) -> None:
    pulse = [0]
    made = stage(pulse=lambda: pulse[0], pulse_limit_s=0.3)
    made.until("up")
    made.child.settle(time.monotonic())
    for _ in range(8):
        pulse[0] += 1
        assert not made.supervisor.poll(0.1)
    assert "stood still for 0.3 s" in made.until("lost")[1]


def test_a_child_that_never_comes_up_is_not_started_in_a_spin(stage: Callable[..., Stage]) -> None:
    made = stage(fake_children.dead)
    text = made.until("lost")[1]
    assert text == "echo stopped (exit code 7), restarting; the show goes on"
    text = made.until("lost")[1]
    assert text == "echo stopped (exit code 7), restarting in 0.5 s; the show goes on"


def test_restarts_slow_down_and_recover() -> None:
    restarts = Restarts()
    pauses = [restarts.pause_s(100.0 + n) for n in range(QUICK_RESTARTS + 2)]
    assert pauses[0] == 0.0
    assert pauses == sorted(pauses)
    assert pauses[QUICK_RESTARTS:] == [SLOW_RESTART_S] * 2
    assert restarts.pause_s(200.0 + QUICK_WITHIN_S) == 0.0


def test_stop_ends_even_a_child_that_does_not_listen(stage: Callable[..., Stage]) -> None:
    made = stage(fake_children.deaf)
    _, pid, *_ = made.until("up")
    made.supervisor.stop()
    assert not is_alive(pid)
    assert not made.child.send(("hello",))
    made.supervisor.stop()  # once more does no harm


def test_time_that_the_console_slept_is_not_the_childs_fault() -> None:
    now = [100.0]
    child = Child("echo", fake_children.echo, (), start_limit_s=5.0, consequence="")
    supervisor = Supervisor(clock=lambda: now[0])
    supervisor.start(child)
    try:
        supervisor.poll(0.0)
        now[0] += 60.0
        supervisor.poll(0.0)
        assert child.complaint(now[0]) is None
        assert child.complaint(now[0] + 6.0) == "no result within 5 s"
    finally:
        supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only here it is the thread that is nice")
def test_a_replaced_child_is_as_urgent_as_the_first(stage: Callable[..., Stage]) -> None:
    made = stage()
    _, pid, *_ = made.until("up")
    first = os.getpriority(os.PRIO_PROCESS, pid)

    def be_nice() -> None:
        os.nice(5)
        os.kill(pid, signal.SIGKILL)
        made.until("lost")
        _, new_pid, *_ = made.until("up")
        priorities.append(os.getpriority(os.PRIO_PROCESS, new_pid))

    priorities: list[int] = []
    nicer = threading.Thread(target=be_nice)  # the niceness ends with it
    nicer.start()
    nicer.join()
    assert priorities == [first]
