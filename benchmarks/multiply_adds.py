"""How many multiply-adds a LiteRT network takes, counted from its file."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema


def multiply_adds(path: Path) -> int:
    """Count the multiply-adds of a network's convolutions and dense layers.

    All else (activations, resizing, averages) is left out, and so the count is a
    lower bound.

    Parameters
    ----------
    path : Path
        A ``.tflite`` file.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    graph = model.subgraphs[0]
    return sum(
        of_layer(
            _operator(model, operator),
            graph.tensors[operator.inputs[1]].shape,
            graph.tensors[operator.outputs[0]].shape,
        )
        for operator in graph.operators
        if operator.inputs is not None and len(operator.inputs) > 1
    )


def _operator(model: schema.ModelT, operator: schema.OperatorT) -> int:
    return int(model.operatorCodes[operator.opcodeIndex].builtinCode)


def of_layer(operator: int, kernel: Sequence[int], output: Sequence[int]) -> int:
    """Count one layer's multiply-adds: 0 for all but convolutions and dense layers.

    Parameters
    ----------
    operator : int
        One of LiteRT's builtin operators.
    kernel : sequence of int
        (out, rows, columns, in), for a depthwise convolution (1, rows, columns, out),
        for a dense layer (out, in).
    output : sequence of int
        (batch, rows, columns, out), or (batch, out).
    """
    kinds = schema.BuiltinOperator
    if operator in (kinds.CONV_2D, kinds.FULLY_CONNECTED):
        return int(prod(output) * prod(kernel[1:]))
    if operator == kinds.DEPTHWISE_CONV_2D:
        return int(prod(output) * prod(kernel[1:3]))
    return 0
