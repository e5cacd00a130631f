"""The judges, on signals whose answer is known."""

import numpy as np
import pytest

from training import measure

RATE = measure.SAMPLE_RATE


def drum_loop(
    bpm: float, n_bars: int = 4, late_s: float = 0.0, seed: int = 0, hat_decay_s: float = 0.02
) -> np.ndarray:
    """Kick on every beat, hats on off-beats and softly on 16ths, all `late_s` after the grid, wrapped."""
    rng = np.random.default_rng(seed)
    n_samples = round(n_bars * 240 / bpm * RATE)
    loop = np.zeros((n_samples, 2))
    time = np.arange(RATE // 4) / RATE
    kick = np.sin(2 * np.pi * (50 * time + 3 * (1 - np.exp(-time / 0.015)))) * np.exp(-time / 0.08)
    for sixteenth in range(16 * n_bars):
        start = round(sixteenth * n_samples / (16 * n_bars) + late_s * RATE)
        where = (start + np.arange(len(time))) % n_samples
        hat = np.diff(rng.standard_normal(len(time) + 1)) * np.exp(-time / hat_decay_s)
        loop[where] += (0.2 if sixteenth % 4 == 2 else 0.05) * hat[:, None]
        if sixteenth % 4 == 0:
            loop[where] += 0.8 * kick[:, None]
    return loop


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n_samples, 2)) * 0.1


def tone(hz: float, n_samples: int, level: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(n_samples) / RATE)[:, None].repeat(2, axis=1)


@pytest.mark.parametrize("ratio_db", [-5.0, 0.0, 12.0, 40.0])
def test_si_sdr_reads_the_ratio_of_tone_to_orthogonal_tone_at_any_gain(ratio_db: float) -> None:
    clean = tone(440, RATE)
    dirty = clean + tone(1000, RATE, 10 ** (-ratio_db / 20))
    assert measure.si_sdr(clean, dirty) == pytest.approx(ratio_db, abs=1e-6)
    assert measure.si_sdr(clean, -0.1 * dirty) == pytest.approx(ratio_db, abs=1e-6)


def test_si_sdr_above_a_frequency_ignores_what_lies_below() -> None:
    clean = tone(50, RATE, 10) + tone(1000, RATE)
    dirty = clean + tone(100, RATE, 3) + tone(3000, RATE, 0.1)
    assert measure.si_sdr(clean, dirty, above_hz=200) == pytest.approx(20, abs=1e-6)
    assert measure.si_sdr(clean, dirty) < 12


def test_log_mel_distance_reads_a_gain_in_db_and_only_above_the_given_frequency() -> None:
    audio = noise(RATE)
    assert measure.log_mel_distance(audio, audio) == 0
    assert measure.log_mel_distance(audio, audio / 2) == pytest.approx(6.0206, abs=1e-3)
    low = tone(100, RATE, 0.5)
    assert (
        measure.log_mel_distance(audio + low, audio, above_hz=2000)
        < 0.05
        < measure.log_mel_distance(audio + low, audio)
    )


def test_mel_bands_are_librosas() -> None:
    librosa = pytest.importorskip("librosa")
    ours, _ = measure.mel_bands(4096, 64)
    theirs = librosa.filters.mel(sr=RATE, n_fft=4096, n_mels=64, fmax=RATE / 2, htk=True, norm=None).T
    filled = theirs.max(axis=0) > 0
    np.testing.assert_allclose(ours[:, filled], theirs[:, filled], atol=1e-5)
    assert (ours.max(axis=0) > 0).all()


def test_spectra_are_librosas_and_a_full_scale_sine_reads_one() -> None:
    librosa = pytest.importorskip("librosa")
    audio = noise(RATE)[:, :1]
    centres = np.arange(10, 80) * 512
    theirs = np.abs(librosa.stft(audio[:, 0], n_fft=2048, hop_length=512))[:, 10:80].T ** 2 * (2 / 1024) ** 2
    np.testing.assert_allclose(measure.power_at(audio, centres, 2048), theirs, rtol=1e-3, atol=1e-9)
    assert measure.power_at(tone(RATE / 64, RATE), np.array([9000]), 2048).max() == pytest.approx(1, rel=1e-3)


def test_a_loops_spectra_wrap_round() -> None:
    loop = drum_loop(125)
    rolled = np.roll(loop, 1000, axis=0)
    np.testing.assert_allclose(
        measure.power_at(loop, np.array([-300, 0, 200]), 1024),
        measure.power_at(rolled, np.array([700, 1000, 1200]), 1024),
    )


def test_band_dynamics_read_a_gated_noise() -> None:
    """Noise 30 dB softer every other half second has 30 dB between its percentiles, at any gain."""
    gate = np.where(np.arange(4 * RATE) % RATE < RATE // 2, 1.0, 10 ** (-30 / 20))[:, None]
    steady = measure.crispness(noise(4 * RATE)).band_dynamics_db
    gated = measure.crispness(noise(4 * RATE) * gate).band_dynamics_db
    assert steady < 20  # the fluctuation of Gaussian noise itself
    assert 30 <= gated < 30 + steady
    assert measure.crispness(
        np.roll(noise(4 * RATE) * gate, 777, axis=0) * 0.01
    ).band_dynamics_db == pytest.approx(gated, abs=0.5)


def test_silence_between_hits_does_not_dominate() -> None:
    """Digital silence counts as 80 dB under the loudest, no more: noise at -100 dB changes nothing."""
    loop = drum_loop(125)
    before, after = measure.crispness(loop), measure.crispness(loop + 1e-6 * noise(len(loop), 1))
    assert after.band_dynamics_db == pytest.approx(before.band_dynamics_db, abs=0.3)
    assert before.band_dynamics_db < 80


def test_mush_is_less_crisp() -> None:
    """A steady hum under the loop, or smeared attacks, lower both numbers; more of it, lower still."""
    loop = drum_loop(125)
    crisp, hummed, drowned = (measure.crispness(loop + level * noise(len(loop), 1)) for level in (0, 0.1, 1))
    assert crisp.band_dynamics_db > hummed.band_dynamics_db > drowned.band_dynamics_db
    assert crisp.onset_contrast > hummed.onset_contrast > drowned.onset_contrast
    assert crisp.onset_contrast_log > hummed.onset_contrast_log > drowned.onset_contrast_log
    smear = np.exp(-np.arange(len(loop)) / (0.05 * RATE))[:, None] * np.random.default_rng(1).standard_normal(
        (len(loop), 1)
    )
    smeared = np.fft.irfft(np.fft.rfft(loop, axis=0) * np.fft.rfft(smear, axis=0), len(loop), axis=0)
    assert measure.crispness(smeared).band_dynamics_db < 0.8 * crisp.band_dynamics_db
    assert measure.crispness(smeared).onset_contrast < 0.8 * crisp.onset_contrast


@pytest.mark.parametrize("bpm", [101.37, 149.5])
def test_tempo_is_heard_as_played(bpm: float) -> None:
    pytest.importorskip("essentia")
    heard = measure.tempo(drum_loop(bpm), 4, bpm)
    assert (heard.verdict, heard.asked) == ("right", bpm)
    assert abs(heard.error) < 0.001


@pytest.mark.parametrize(
    ("estimated", "verdict"),
    [
        (125.3, "right"),
        (124.6, "wrong"),
        (125.4, "wrong"),
        (62.5, "octave"),
        (250.7, "octave"),
        (251, "wrong"),
    ],
)
def test_half_and_double_tempo_are_octaves_and_the_tolerance_is_three_per_mille(
    estimated: float, verdict: str
) -> None:
    assert measure.against(estimated, 125).verdict == verdict


@pytest.mark.parametrize("late_ms", [0.0, 10.0, -20.0, 40.0])
def test_beat_offset_reads_how_late_the_kicks_are(late_ms: float) -> None:
    loop = drum_loop(126, late_s=late_ms / 1000)
    bass = np.roll(
        drum_loop(126, seed=1), round(0.75 * 60 / 126 * RATE), axis=0
    )  # softer notes between the beats
    assert measure.beat_offset_ms(loop, 4) == pytest.approx(abs(late_ms), abs=4)
    assert measure.beat_offset_ms(loop + 0.6 * bass, 4) == pytest.approx(abs(late_ms), abs=4)


def test_beat_offset_of_silence_is_nan() -> None:
    assert np.isnan(measure.beat_offset_ms(np.zeros((RATE, 2)), 1))


def test_seam_flux_finds_a_click_and_a_cut_tail_at_the_wrap_and_nowhere_else() -> None:
    n_samples = 4 * 2 * RATE
    pad = np.real(
        np.fft.ifft(np.fft.fft(noise(n_samples)[:, 0]) * (np.abs(np.fft.fftfreq(n_samples, 1 / RATE)) < 3000))
    )
    loop = (pad[:, None] + drum_loop(120)).repeat(1, axis=1)
    assert measure.seam_flux_ratio(loop, 4) == pytest.approx(1, abs=0.25)
    cut = pad[:, None].repeat(2, axis=1)
    clicked = cut.copy()
    clicked[0] += 1
    assert measure.seam_flux_ratio(clicked, 4) > 1.5
    assert measure.seam_flux_ratio(cut, 4) == pytest.approx(1, abs=0.25)
    cut[-RATE // 2 :] *= 0.001
    assert measure.seam_flux_ratio(cut, 4) > 1.5
    elsewhere = np.roll(cut, n_samples // 8, axis=0)
    assert measure.seam_flux_ratio(elsewhere, 4) < 1.25


def test_seam_flux_needs_two_bars() -> None:
    with pytest.raises(ValueError, match="n_bars must be at least 2 to compare bar lines, got 1"):
        measure.seam_flux_ratio(noise(RATE), 1)


def test_grid_distance_ignores_tempo_but_not_the_music() -> None:
    same = measure.grid_distance(drum_loop(125), drum_loop(126), 4)
    moved = measure.grid_distance(drum_loop(125), np.roll(drum_loop(125), RATE // 8, axis=0), 4)
    assert measure.log_mel_on_grid(drum_loop(111.1), 4).shape == (256, 64)
    assert measure.grid_distance(drum_loop(125), drum_loop(125), 4) == 0
    assert same < 0.4 * moved


def test_morph_smoothness_of_a_straight_line_and_of_a_jump() -> None:
    a, b = tone(440, RATE, 0.5), noise(RATE)
    even = [a + b * 10 ** (-step / 10) for step in range(9)]
    assert measure.morph_smoothness(even, 1) < 2
    assert measure.morph_smoothness([a, a + 0.01 * b, a + 0.011 * b, a + 0.012 * b, b], 1) > 3
    with pytest.raises(ValueError, match="at least 3 loops, got 2"):
        measure.morph_smoothness([a, b], 1)


@pytest.mark.parametrize(
    "audio", [np.zeros(10), np.zeros((2, 10)), np.zeros((0, 2)), np.full((10, 2), np.nan)]
)
def test_what_is_not_audio_is_refused(audio: np.ndarray) -> None:
    with pytest.raises(ValueError, match="audio must be"):
        measure.crispness(audio)
