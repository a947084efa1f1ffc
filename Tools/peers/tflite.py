"""ONNX to TFLite for the operators of these networks, with nothing but the schema: NHWC throughout, the clip to
0...6 inside the convolution, nearest resize by the floor rule. What LiteRT's own converter would make
of it, without its needs."""

from pathlib import Path

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import helper, numpy_helper

FLOAT, INTEGER = schema.TensorType.FLOAT32, schema.TensorType.INT32
SIGNATURE = "serving_default"
Operator, Options = schema.BuiltinOperator, schema.BuiltinOptions


def convert(source: Path, target: Path) -> None:
    """Writes the ONNX file `source` (NCHW, f32) as the TFLite file `target` (NHWC, f32)."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(source)).graph
    target.write_bytes(Converter(graph).bytes())


class Converter:
    def __init__(self, graph):
        self.graph = graph
        self.shapes = {
            value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            for value in (*graph.input, *graph.output, *graph.value_info)
        }
        self.constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
        self.users = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)
        self.buffers = [schema.BufferT()]
        self.tensors, self.indices = [], {}
        self.codes, self.operators = [], []

    def bytes(self) -> bytes:
        inputs = [self.index(value.name) for value in self.graph.input if value.name not in self.constants]
        for node in self.graph.node:
            if node.op_type != "Constant":
                getattr(self, node.op_type)(node, attributes(node))
        main = schema.SubGraphT()
        main.name = "main"
        main.tensors, main.operators = self.tensors, self.operators
        main.inputs = inputs
        main.outputs = [self.index(value.name) for value in self.graph.output]
        model = schema.ModelT()
        model.version = 3
        model.signatureDefs = [self.signature(inputs, main.outputs)]
        model.operatorCodes, model.buffers, model.subgraphs = self.codes, self.buffers, [main]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def signature(self, inputs, outputs):
        """Names of what goes in and comes out: the quantiser asks by them."""
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = SIGNATURE, 0
        signature.inputs, signature.outputs = self.maps(inputs), self.maps(outputs)
        return signature

    def maps(self, indices):
        maps = []
        for index in indices:
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = self.tensors[index].name, index
            maps.append(entry)
        return maps

    # Tensors

    def index(self, name):
        if name not in self.indices:
            if name in self.constants:
                # Only numbers of one value are factors here; weights are laid out by their operators.
                self.indices[name] = self.constant(name, self.constants[name].astype(np.float32))
            else:
                self.indices[name] = self.tensor(name, nhwc(self.shapes[name]), FLOAT, 0)
        return self.indices[name]

    def constant(self, name, values):
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.buffers.append(buffer)
        kind = FLOAT if values.dtype == np.float32 else INTEGER
        return self.tensor(name, list(values.shape), kind, len(self.buffers) - 1)

    def tensor(self, name, shape, kind, buffer):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    # Operators

    def add(self, code, inputs, output, kind=0, options=None, version=1):
        codes = [(known.builtinCode, known.version) for known in self.codes]
        if (code, version) not in codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode = entry.deprecatedBuiltinCode = code
            entry.version = version
            self.codes.append(entry)
            codes.append((code, version))
        operator = schema.OperatorT()
        operator.opcodeIndex = codes.index((code, version))
        operator.inputs, operator.outputs = inputs, [self.index(output)]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.operators.append(operator)

    def Conv(self, node, has):
        weights = self.constants[node.input[1]]
        self.check_same_padding(node, has)
        isDepthwise = has["group"] > 1
        options = schema.DepthwiseConv2DOptionsT() if isDepthwise else schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideH, options.strideW = has["strides"]
        options.dilationHFactor = options.dilationWFactor = 1
        output = node.output[0]
        users = self.users.get(output, [])
        if len(users) == 1 and users[0].op_type == "Clip":
            options.fusedActivationFunction = schema.ActivationFunctionType.RELU6
            output = users[0].output[0]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        inputs = [self.index(node.input[0])]
        # Named after the output: heads share weights between levels, and the quantiser wants names of their own.
        name = node.output[0]
        if isDepthwise:
            options.depthMultiplier = 1
            inputs.append(self.constant(f"{name}.weights", weights.transpose(1, 2, 3, 0)))
            code, kind = Operator.DEPTHWISE_CONV_2D, Options.DepthwiseConv2DOptions
        else:
            inputs.append(self.constant(f"{name}.weights", weights.transpose(0, 2, 3, 1)))
            code, kind = Operator.CONV_2D, Options.Conv2DOptions
        inputs.append(self.constant(f"{name}.bias", bias))
        self.add(code, inputs, output, kind, options)

    def Clip(self, node, _):
        low, high = (float(self.constants[name]) for name in node.input[1:])
        if (low, high) != (0, 6):
            raise ValueError(f"a clip to {low}...{high}")
        if node.output[0] not in self.indices:
            self.add(Operator.RELU6, [self.index(node.input[0])], node.output[0])

    def Sigmoid(self, node, _):
        self.add(Operator.LOGISTIC, [self.index(node.input[0])], node.output[0])

    def Add(self, node, _):
        inputs = [self.index(name) for name in node.input]
        self.add(Operator.ADD, inputs, node.output[0], Options.AddOptions, schema.AddOptionsT())

    def Mul(self, node, _):
        inputs = [self.index(name) for name in node.input]
        self.add(Operator.MUL, inputs, node.output[0], Options.MulOptions, schema.MulOptionsT())

    def ReduceMean(self, node, has):
        if sorted(axis % 4 for axis in has["axes"]) != [2, 3]:
            raise ValueError(f"a mean over {has['axes']}")
        options = schema.ReducerOptionsT()
        options.keepDims = True
        axes = self.constant(f"{node.output[0]}.axes", np.array([1, 2], np.int32))
        self.add(Operator.MEAN, [self.index(node.input[0]), axes], node.output[0], Options.ReducerOptions, options)

    def MaxPool(self, node, has):
        self.check_same_padding(node, has)
        options = schema.Pool2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideH, options.strideW = has["strides"]
        options.filterHeight, options.filterWidth = has["kernel_shape"]
        self.add(
            Operator.MAX_POOL_2D, [self.index(node.input[0])], node.output[0], Options.Pool2DOptions, options)

    def Resize(self, node, has):
        rule = has["mode"], has["coordinate_transformation_mode"], has["nearest_mode"]
        if rule != (b"nearest", b"asymmetric", b"floor"):
            raise ValueError(f"a resize by {rule}")
        size = self.constant(f"{node.output[0]}.size", np.array(self.shapes[node.output[0]][2:], np.int32))
        self.add(
            Operator.RESIZE_NEAREST_NEIGHBOR, [self.index(node.input[0]), size], node.output[0],
            Options.ResizeNearestNeighborOptions, schema.ResizeNearestNeighborOptionsT())

    def check_same_padding(self, node, has):
        """Throws unless the padding is the one that TFLite calls SAME."""
        pads, sizes = has["pads"], self.shapes[node.input[0]][2:]
        for axis, (size, kernel, stride) in enumerate(zip(sizes, has["kernel_shape"], has["strides"])):
            whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            if (pads[axis], pads[axis + 2]) != (whole // 2, whole - whole // 2):
                raise ValueError(f"{node.name} pads {pads}")


def attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def nhwc(shape):
    return [shape[0], *shape[2:], shape[1]] if len(shape) == 4 else list(shape)
