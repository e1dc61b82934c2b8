"""Exported networks in one LiteRT file, which answers with their weighted mean.

A network that knows few sources well and one that knows many less well answer together better
than either, and so does a network that sees a picture and its mirror image. Joined by their
files: what each of them says stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

EDGE = 1e-4
"""Probabilities of the lesion are kept so far from 0 and 1, as the file gives their logits."""
COLUMNS = 2
"""The axis along which a picture is mirrored."""


@dataclass(frozen=True)
class JoinedPart:
    """A network that is to be joined with others.

    Attributes
    ----------
    content : bytes
        Its ``.tflite`` file: input ``image``; outputs: the class scores, ``lesion`` and
        ``activation``.
    temperature : float
        What its class scores are divided by.
    diagnosis, lesion : float
        Its shares of the class scores and of the lesion's probabilities; those of all parts
        sum to 1.
    mirrored : bool
        It sees the mirror image; its answer is mirrored back.
    """

    content: bytes
    temperature: float
    diagnosis: float
    lesion: float
    mirrored: bool = False


def join(parts: Sequence[JoinedPart], label: str = "diagnosis") -> bytes:
    """Join networks into one file; a network that takes part twice is kept once.

    The others see the first one's square made as small as they need. Of the class scores,
    divided by each network's temperature, the weighted mean is given, of the lesion the logit of
    the probabilities' weighted mean, of the activations the weighted mean again.

    Parameters
    ----------
    parts : sequence of JoinedPart
        The first one is not mirrored, and its square is no smaller than the others'.
    label : str
        Name of the class scores among the outputs.

    Returns
    -------
    bytes
        A ``.tflite`` file with the first one's input, and outputs of the same names and shapes.
    """
    from tensorflow.lite.tools import flatbuffer_utils

    first, *others = parts
    graphs = _Graphs(first.content)
    ours = graphs.outputs(graphs.model)
    size, places = graphs.side(ours["lesion"]), graphs.side(ours["activation"])
    scores, activations = [ours[label]], [ours["activation"]]
    chances = [graphs.logistic(ours["lesion"])]
    for part in others:
        theirs = graphs.take_in(part.content, part.mirrored)
        lesion, activation = theirs["lesion"], theirs["activation"]
        if part.mirrored:
            lesion, activation = graphs.mirrored(lesion), graphs.mirrored(activation)
        scores.append(theirs[label])
        chances.append(graphs.logistic(graphs.resized(lesion, size)))
        activations.append(graphs.resized(activation, places))
    weights = [part.diagnosis / part.temperature for part in parts]
    graphs.answer_with(
        {
            label: graphs.mean(scores, weights),
            "lesion": graphs.logit(graphs.mean(chances, [part.lesion for part in parts])),
            "activation": graphs.mean(activations, weights),
        }
    )
    return bytes(flatbuffer_utils.convert_object_to_bytearray(graphs.model))


def _read(content: bytes) -> Any:
    from tensorflow.lite.tools import flatbuffer_utils

    return flatbuffer_utils.read_model_from_bytearray(bytearray(content))


class _Graphs:
    """A LiteRT file that grows: another network's operators, and small ones of our own."""

    def __init__(self, content: bytes) -> None:
        from tensorflow.lite.python import schema_py_generated as schema

        self.schema = schema
        self.model = _read(content)
        self.graph = self.model.subgraphs[0]
        self._buffers = {content: 0}

    def side(self, tensor: int) -> int:
        """How many rows a tensor (1, rows, columns, channels) has."""
        return int(self.graph.tensors[tensor].shape[1])

    @staticmethod
    def outputs(model: Any) -> dict[str, int]:
        """Find a file's outputs by their names."""
        return {end.name.decode(): int(end.tensorIndex) for end in model.signatureDefs[0].outputs}

    def take_in(self, content: bytes, mirrored: bool) -> dict[str, int]:
        """Lay another file's network beside ours, fed by our input; its outputs by their names."""
        model = _read(content)
        graph = model.subgraphs[0]
        tensors, codes = len(self.graph.tensors), len(self.model.operatorCodes)
        if content not in self._buffers:
            self._buffers[content] = len(self.model.buffers)
            self.model.buffers += model.buffers
        for tensor in graph.tensors:
            tensor.buffer += self._buffers[content]
        for operator in graph.operators:
            operator.opcodeIndex += codes
            operator.inputs = [i + tensors if i >= 0 else i for i in operator.inputs]
            operator.outputs = [i + tensors for i in operator.outputs]
        self.model.operatorCodes += model.operatorCodes
        self.graph.tensors += graph.tensors
        asked = int(graph.inputs[0]) + tensors
        given = self._smaller(int(self.graph.inputs[0]), self.side(asked))
        given = self.mirrored(given) if mirrored else given
        for operator in graph.operators:
            operator.inputs = [given if i == asked else i for i in operator.inputs]
        self.graph.operators += graph.operators
        return {name: index + tensors for name, index in self.outputs(model).items()}

    def _smaller(self, square: int, side: int) -> int:
        """Make a square smaller without aliasing."""
        factor = -(-self.side(square) // side)
        large = self.resized(square, side * factor)
        return self.averaged(large, factor) if factor > 1 else large

    def mirrored(self, tensor: int) -> int:
        """Mirror a map from left to right."""
        axis = self._constant(np.array([COLUMNS], np.int32))
        return self._operator(
            "REVERSE_V2",
            [tensor, axis],
            self._shape(tensor),
            "ReverseV2Options",
            self.schema.ReverseV2OptionsT(),
        )

    def averaged(self, tensor: int, factor: int) -> int:
        """Average squares of so many pixels."""
        options = self.schema.Pool2DOptionsT()
        options.padding = self.schema.Padding.VALID
        options.strideH = options.strideW = options.filterHeight = options.filterWidth = factor
        shape = [*self._shape(tensor)]
        shape[1:3] = [shape[1] // factor, shape[2] // factor]
        return self._operator("AVERAGE_POOL_2D", [tensor], shape, "Pool2DOptions", options)

    def resized(self, tensor: int, side: int) -> int:
        """Resize a map to a square of so many rows, linearly."""
        shape = [*self._shape(tensor)]
        if shape[1] == side:
            return tensor
        shape[1:3] = [side, side]
        options = self.schema.ResizeBilinearOptionsT()
        options.halfPixelCenters = True
        size = self._constant(np.array([side, side], np.int32))
        return self._operator(
            "RESIZE_BILINEAR", [tensor, size], shape, "ResizeBilinearOptions", options
        )

    def mean(self, tensors: Sequence[int], weights: Sequence[float]) -> int:
        """Sum tensors of the same shape by their weights."""
        total, *rest = [
            self._pair("MUL", tensor, self._constant(np.array([weight], np.float32)))
            for tensor, weight in zip(tensors, weights, strict=True)
        ]
        for part in rest:
            total = self._pair("ADD", total, part)
        return total

    def logistic(self, tensor: int) -> int:
        """Turn logits into probabilities."""
        return self._operator("LOGISTIC", [tensor], self._shape(tensor))

    def logit(self, tensor: int) -> int:
        """Turn probabilities into logits."""
        low, high = (self._constant(np.array([v], np.float32)) for v in (EDGE, 1 - EDGE))
        one = self._constant(np.array([1], np.float32))
        kept = self._pair("MAXIMUM", self._pair("MINIMUM", tensor, high), low)
        rest = self._pair("SUB", one, kept, like=kept)
        logs = [self._operator("LOG", [part], self._shape(kept)) for part in (kept, rest)]
        return self._pair("SUB", *logs)

    def answer_with(self, tensors: dict[str, int]) -> None:
        """Make these the file's outputs."""
        for end in self.model.signatureDefs[0].outputs:
            end.tensorIndex = tensors[end.name.decode()]
        self.graph.outputs = [end.tensorIndex for end in self.model.signatureDefs[0].outputs]

    def _shape(self, tensor: int) -> list[int]:
        return [int(side) for side in self.graph.tensors[tensor].shape]

    def _pair(self, name: str, first: int, second: int, like: int | None = None) -> int:
        options = f"{name.capitalize()}Options" if name in ("MUL", "ADD", "SUB") else ""
        kind = "MaximumMinimumOptions" if name in ("MAXIMUM", "MINIMUM") else options
        made = getattr(self.schema, f"{kind}T")()
        return self._operator(
            name, [first, second], self._shape(first if like is None else like), kind, made
        )

    def _constant(self, values: Any) -> int:
        index = self._tensor([len(values)], values.dtype)
        self.model.buffers[-1].data = np.frombuffer(values.tobytes(), np.uint8)
        return index

    def _tensor(self, shape: Sequence[int], dtype: Any = np.float32) -> int:
        tensor = self.schema.TensorT()
        types = self.schema.TensorType
        tensor.type = types.INT32 if np.dtype(dtype) == np.int32 else types.FLOAT32
        tensor.shape, tensor.hasRank = np.array(shape, np.int32), True
        self.model.buffers.append(self.schema.BufferT())
        tensor.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def _operator(
        self,
        name: str,
        inputs: Sequence[int],
        shape: Sequence[int],
        kind: str = "",
        made: Any = None,
    ) -> int:
        """Add an operator and its output, and give the output."""
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self._code(getattr(self.schema.BuiltinOperator, name))
        operator.inputs, operator.outputs = [*inputs], [self._tensor(shape)]
        if kind:
            operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
            operator.builtinOptions = made
        self.graph.operators.append(operator)
        return int(operator.outputs[0])

    def _code(self, builtin: int) -> int:
        code = self.schema.OperatorCodeT()
        code.builtinCode, code.version = builtin, 1
        code.deprecatedBuiltinCode = min(builtin, 127)
        if builtin == self.schema.BuiltinOperator.RESIZE_BILINEAR:
            code.version = 3
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1
