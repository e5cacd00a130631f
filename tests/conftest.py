"""Settings of the test run that pytest can't read from pyproject.toml."""

import os

import pytest
from hypothesis import HealthCheck, settings

from instrument import console
from instrument.generator import PASSIVE_THREADS

# As the generator does it, before torch is imported: threads that spin would take the cores from the processes that the
# tests start, and those from them.
for name, value in PASSIVE_THREADS.items():
    os.environ.setdefault(name, value)

# No test passes or fails by time, nor does hypothesis by its own; a failure prints how to repeat it.
settings.register_profile(
    "ladmg", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ladmg")

# These run the whole instrument in real time, into virtual cards and cables. A shared machine that stalls for a moment
# is heard in the recording, so what fails once there is tried once more; a fault fails twice.
IN_REAL_TIME = {
    "test_audio",
    "test_audio_outputs",
    "test_clients",
    "test_clock_end_to_end",
    "test_comeback",
    "test_console",
    "test_doctor",
    "test_faults",
    "test_faults_heard",
    "test_midi",
    "test_osc_attack",
    "test_page",
    "test_page_monitor",
    "test_play_end_to_end",
    "test_recording",
    "test_screen",
    "test_screen_process",
    "test_show_end_to_end",
    "test_soak",
    "test_web",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in IN_REAL_TIME:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def _as_urgent_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console in this process would leave it nice for good, and with it all that later tests start."""
    monkeypatch.setattr(console, "NICENESS", 0)
