/// A network as data: nodes in execution order over numbered tensors, every shape known. It knows
/// nothing of EfficientDet (which builds one) nor of kernels (the engine turns one into a plan).
public struct Graph: Sendable {
    /// Shape of the input picture, channels last; tensor 0.
    public let input: TensorShape
    /// In execution order: a node reads only tensors that stand before it.
    public private(set) var nodes: [Node] = []
    /// Shape of every tensor, by `TensorID.index`. A batch is always one picture.
    public private(set) var shapes: [TensorShape]
    /// Tensors that people ask for by name: results (`class.p3`, `box.p3`, …) and the places where
    /// reference tensors exist (`c3`, `fpn.0.p4`, …).
    public var taps: [Tap] = []
    /// Names of the taps that are the network's results, in the order in which they are read.
    public var outputs: [String] = []

    public init(input: TensorShape) {
        self.input = input
        self.shapes = [input]
    }

    public static let inputTensor = TensorID(index: 0)

    /// Appends a node and returns its output tensor.
    /// - Precondition: the inputs exist and the operation accepts their shapes.
    public mutating func append(_ operation: Operation, on inputs: [TensorID], name: String, part: Part)
        -> TensorID
    {
        precondition(inputs.allSatisfy { shapes.indices.contains($0.index) }, "\(name): unknown input")
        let shape = operation.outputShape(of: inputs.map { shapes[$0.index] })
        let output = TensorID(index: shapes.count)
        shapes.append(shape)
        nodes.append(Node(name: name, part: part, operation: operation, inputs: inputs, output: output))
        return output
    }

    public func shape(of tensor: TensorID) -> TensorShape { shapes[tensor.index] }

    public func tensor(named tap: String) -> TensorID? { taps.first { $0.name == tap }?.tensor }
}

public struct TensorID: Sendable, Hashable {
    public let index: Int

    public init(index: Int) { self.index = index }
}

/// Height, width, channels of one picture's map, channels last in memory.
public struct TensorShape: Sendable, Hashable, CustomStringConvertible {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    public var count: Int { height * width * channels }
    public var description: String { "\(height)x\(width)x\(channels)" }
}

public struct Tap: Sendable, Hashable {
    public let name: String
    public let tensor: TensorID

    public init(name: String, tensor: TensorID) {
        self.name = name
        self.tensor = tensor
    }
}

/// The part of the network a node belongs to, for counting.
public enum Part: String, Sendable, CaseIterable {
    case backbone, featureNetwork, classHead, boxHead
}

public struct Node: Sendable {
    public let name: String
    public let part: Part
    public let operation: Operation
    public let inputs: [TensorID]
    public let output: TensorID
}
