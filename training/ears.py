"""The judges' ears: small nets that hear genre, mood, instruments, groove, levels and key, taught by the corpus only.

None of them conditions the model. What the larger one knows of a loop before it answers is the embedding in which sets
of loops are compared (KAD), and diversity and memorisation are measured.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import audio_tower, checkpoint
from model.audio_tower import AudioEncoder, AudioSettings
from model.checkpoint import CheckpointError
from model.codec import wrap
from model.tags import GENRES, INSTRUMENTS, KEYS_24, MOODS
from training.corpus.captions import FAMILIES, Claims
from training.corpus.patterns import GROOVE_NAMES
from training.corpus.truth import KEYS

PART = "judges"
LEVELS = ("density", "brightness", "energy")
DEGRADATIONS = ("smear", "noise", "dullness")
SIZES = AudioSettings(dim=1, widths=(96, 160), n_blocks=(1, 3), hidden=128, dropout=0.2)

FIRST_PITCH_CLASS = 9  # of the spectrum's semitones: A
N_NOTE_ROWS = 2 * audio_tower.N_SEMITONES // 12


class Ear(nn.Module):
    """From a spectrum to what the loop holds, and from that to answers by name."""

    def __init__(self, sizes: AudioSettings, n_kits: int) -> None:
        super().__init__()
        self.encoder = AudioEncoder(sizes)
        answers = {"genre": len(GENRES), "moods": len(MOODS), "parts": len(INSTRUMENTS)}
        answers |= {"groove": len(GROOVE_NAMES), "levels": len(LEVELS)}
        answers |= {"kit": n_kits, "degradation": len(DEGRADATIONS)}
        self.heads = nn.ModuleDict({name: nn.Linear(sizes.hidden, n) for name, n in answers.items()})

    def embed(self, spectra: Tensor) -> Tensor:
        """[batch, hidden] of [batch, frames, N_BANDS]"""
        return self.encoder.pool(spectra)

    def answer(self, embedding: Tensor) -> dict[str, Tensor]:
        """Logits, or values for levels (0..1) and degradations (0..1), [batch, n] each."""
        return {name: head(embedding) for name, head in self.heads.items()}


class KeyEar(nn.Module):
    """From `notes` to a key. Circular over the 12 pitch classes: what it knows of one key it knows of all."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.first = nn.Conv1d(N_NOTE_ROWS, hidden, 12)
        self.second = nn.Conv1d(hidden, hidden, 12)
        self.last = nn.Conv1d(hidden, 2, 12)  # minor, major
        self.dropout = nn.Dropout(0.3)

    def forward(self, rows: Tensor) -> Tensor:
        """Logits in the order of KEYS_24, [batch, 24], of [batch, N_NOTE_ROWS, 12]"""

        def around(x: Tensor) -> Tensor:
            return wrap(x, 0, 11)

        h = self.dropout(F.gelu(self.first(around(self.dropout(rows)))))
        h = self.dropout(F.gelu(self.second(around(h))))
        logits: Tensor = self.last(around(h))
        return logits.flatten(1)


def notes(spectrum: Tensor) -> Tensor:
    """How much of each note a loop holds, [N_NOTE_ROWS, 12], from C: by octave, held notes, then loud ones.

    spectrum: [frames, N_BANDS], whose last bands are semitones from A2. The mean level over time is high for what is
    held, the level of the mean power for what is loud. Both in units of about 1, and without the spectrum's slope.
    """
    semitones = spectrum[:, audio_tower.N_MELS :]
    held, loud = semitones.mean(0), semitones.exp().mean(0).log()
    rows = torch.cat([held.view(-1, 12), loud.view(-1, 12)]) / 2
    return (rows - rows.mean(1, keepdim=True)).roll(FIRST_PITCH_CLASS, 1)


@dataclass(frozen=True)
class Opinion:
    """What the judges hear in a loop. Probabilities [n] in the order of the lists of model/tags.py; levels 0..1."""

    embedding: np.ndarray
    genre: np.ndarray
    moods: np.ndarray
    parts: np.ndarray
    groove: np.ndarray
    levels: np.ndarray
    key: np.ndarray
    spectrum: np.ndarray  # [frames, N_BANDS], natural log of power

    @property
    def best_key(self) -> str:
        return KEYS_24[int(self.key.argmax())]


@dataclass(frozen=True)
class Priors:
    """How often things are true in the corpus, in the order of `Opinion`'s; of levels, mean, spread and error."""

    genre: np.ndarray
    moods: np.ndarray
    parts: np.ndarray
    groove: np.ndarray
    key: np.ndarray
    level_mean: np.ndarray
    level_std: np.ndarray
    level_error: np.ndarray


class Judges:
    """The trained ears, on the CPU."""

    def __init__(self, ear: Ear, key_ear: KeyEar, tensors: dict[str, Tensor], judges_id: str = "") -> None:
        """tensors: "embedding_mean", "embedding_std", and the priors under "prior_" names."""
        self.ear, self.key_ear = ear.eval().requires_grad_(False), key_ear.eval().requires_grad_(False)
        self._tensors, self.id = tensors, judges_id

    @classmethod
    def load(cls, folder: Path) -> Judges:
        """What `python -m training.judges` wrote to this folder; CheckpointError says what is wrong with it."""
        tensors, config = checkpoint.read_part(folder, PART)
        try:
            ear = Ear(AudioSettings(**checkpoint.tuples(config["sizes"])), config["n_kits"])
            ear.load_state_dict(_under("ear.", tensors))
            key_ear = KeyEar()
            key_ear.load_state_dict(_under("key.", tensors))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"the judges of {folder} do not fit this program: {error}") from None
        judges = cls(ear, key_ear, _under("about.", tensors))
        judges.id = checkpoint.checkpoint_id(checkpoint.read_manifest(folder))
        return judges

    def save(self, folder: Path) -> None:
        """Write the folder that `load` reads."""
        tensors = {f"ear.{name}": t for name, t in self.ear.state_dict().items()}
        tensors |= {f"key.{name}": t for name, t in self.key_ear.state_dict().items()}
        tensors |= {f"about.{name}": t for name, t in self._tensors.items()}
        n_kits = self.ear.heads["kit"].out_features
        config = {"sizes": asdict(self.ear.encoder.settings), "n_kits": n_kits}
        checkpoint.write_part(folder, PART, tensors, config, name="judges")

    @cached_property
    def priors(self) -> Priors:
        return Priors(**{name: t.numpy() for name, t in _under("prior_", self._tensors).items()})

    @torch.inference_mode()
    def embed(self, spectrum: Tensor) -> np.ndarray:
        """Standardised over the corpus, [hidden], of one spectrum [frames, N_BANDS]."""
        return self._standardised(self.ear.embed(spectrum.unsqueeze(0)).float())[0].numpy()

    def _standardised(self, embedding: Tensor) -> Tensor:
        return (embedding - self._tensors["embedding_mean"]) / self._tensors["embedding_std"]

    @torch.inference_mode()
    def hear(self, loop: np.ndarray) -> Opinion:
        """The opinion on a loop, [samples, channels] at 48 kHz."""
        waveform = torch.from_numpy(np.ascontiguousarray(loop.T)).float()
        return self.opinion(audio_tower.spectrum(waveform))

    @torch.inference_mode()
    def opinion(self, spectrum: Tensor) -> Opinion:
        """The same from a loop's spectrum, [frames, N_BANDS]."""
        embedding = self.ear.embed(spectrum.unsqueeze(0)).float()
        answers = {name: answer[0].float() for name, answer in self.ear.answer(embedding).items()}
        return Opinion(
            embedding=self._standardised(embedding)[0].numpy(),
            genre=answers["genre"].softmax(0).numpy(),
            moods=answers["moods"].sigmoid().numpy(),
            parts=answers["parts"].sigmoid().numpy(),
            groove=answers["groove"].softmax(0).numpy(),
            levels=answers["levels"].numpy(),
            key=self.key_ear(notes(spectrum).unsqueeze(0))[0].float().softmax(0).numpy(),
            spectrum=spectrum.numpy(),
        )


def evidence(opinion: Opinion, claims: Claims, priors: Priors) -> float:
    """How much what is heard speaks for a caption's statements: log of their odds against those of any loop's.

    Statements on tempo and swing are left out: the grid asks for these too, so they'd say nothing of the text.
    """
    total = 0.0
    if claims.genre is not None:
        total += _log_ratio(opinion.genre, priors.genre, GENRES.index(claims.genre))
    for mood in claims.moods:
        total += _log_ratio(opinion.moods, priors.moods, MOODS.index(mood))
    for part in claims.present:
        members = _members(part)
        if part in FAMILIES and any(member in claims.present for member in FAMILIES[part]):
            continue  # follows from the member that is named
        total += np.log(_any(opinion.parts[members]) / _any(priors.parts[members]))
    for part in claims.absent:
        if part in INSTRUMENTS:
            index = INSTRUMENTS.index(part)
            total += _log_ratio(1 - opinion.parts, 1 - priors.parts, index)
    if claims.groove is not None:
        total += _log_ratio(opinion.groove, priors.groove, GROOVE_NAMES.index(claims.groove))
    for name in set(claims.levels) & set(LEVELS):
        index = LEVELS.index(name)
        target = priors.level_mean[index] + claims.levels[name] * 1.3 * priors.level_std[index]
        variance = (priors.level_error[index] ** 2, priors.level_std[index] ** 2)
        total += (target - priors.level_mean[index]) ** 2 / (2 * sum(variance))
        total -= (target - opinion.levels[index]) ** 2 / (2 * variance[0] + variance[1] / 2)
    if claims.mode is not None:
        third = "major" if claims.mode == "major" else "minor"
        tonics = KEYS if claims.key is None else (claims.key,)
        indices = [KEYS_24.index(f"{tonic} {third}") for tonic in tonics]
        total += float(np.log(max(opinion.key[indices].sum(), 1e-3) / max(priors.key[indices].sum(), 1e-3)))
    return float(total)


def _log_ratio(heard: np.ndarray, prior: np.ndarray, index: int) -> float:
    return float(np.log(max(heard[index], 1e-3) / max(prior[index], 1e-3)))


def _members(part: str) -> list[int]:
    return [INSTRUMENTS.index(name) for name in FAMILIES.get(part, (part,))]


def _any(probabilities: np.ndarray) -> float:
    return float(np.clip(1 - np.prod(1 - probabilities), 1e-3, 1))


def related(key: str, other: str) -> bool:
    """Whether two keys of KEYS_24 are the same or relatives, as C major and A minor: the same seven notes."""
    return key == other or _notes_of(key) == _notes_of(other)


def _notes_of(key: str) -> int:
    """The tonic of the major scale that has a key's notes."""
    tonic, third = key.split(" ")
    return (KEYS.index(tonic) + (3 if third == "minor" else 0)) % 12


def on_grid(spectrum: np.ndarray, n_bars: int, n_bars_wanted: int = 4) -> np.ndarray:
    """A loop's mel levels in dB by musical position, [16 * n_bars_wanted, 40], shorter loops repeated, longer ones cut.

    spectrum: as `audio_tower.spectrum` gives it. No lower than 60 dB under the loudest place.
    """
    mel = np.asarray(spectrum[:, : audio_tower.N_MELS], dtype=np.float64) * (10 / np.log(10))
    mel = mel.reshape(len(mel), -1, 2).mean(axis=2)
    position = (np.arange(64 * n_bars) + 0.5) / (64 * n_bars) * len(mel) - 0.5  # four in each 16th
    left = np.floor(position).astype(int)
    share = (position - left)[:, None]
    cells = (1 - share) * mel[left % len(mel)] + share * mel[(left + 1) % len(mel)]
    cells = cells.reshape(16 * n_bars, 4, -1).mean(axis=1)
    cells = np.tile(cells, (-(-n_bars_wanted // n_bars), 1))[: 16 * n_bars_wanted]
    floored: np.ndarray = np.maximum(cells - cells.max(), -60).astype(np.float32)
    return floored


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
