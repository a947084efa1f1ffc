import CKernels
import Graph

/// How a step writes its result where maps hold bytes.
struct ByteResult {
    /// What is computed, before the table.
    let quantization: Quantization
    /// 256 bytes; nil where rounding and cutting is all.
    let table: FloatStore?
    /// The other summand of a residual, in steps of the result.
    let residual: Float
    /// What the bytes of the other summand stand below their numbers by.
    let residualZero: Float
    /// Whether floats are written.
    let isFloat: Bool

    /// What a kernel multiplies the whole sums of an output by, and adds, so that bytes of the result come out.
    /// - Parameters:
    ///   - scale: what one step of the sum is worth.
    ///   - zeros: the sum of the input's zeros alone.
    func rescaling(scale: Double, zeros: Double, bias: Float) -> (multiplier: Float, bias: Float) {
        let step = Double(quantization.scale)
        return (Float(scale / step), Float((Double(bias) - scale * zeros) / step + Double(offset)))
    }

    /// Added to everything.
    var offset: Float { quantization.zero - residual * residualZero }

    var tableBytes: UnsafePointer<UInt8>? {
        table.map { UnsafeRawPointer($0.base).assumingMemoryBound(to: UInt8.self) }
    }

    func kernelBytes(multipliers: UnsafePointer<Float>?, outside: UnsafePointer<UInt8>? = nil) -> ck_bytes {
        ck_bytes(multipliers: multipliers, table: tableBytes, residual: residual, outside: outside)
    }
}

/// What the bytes of a product's input stand for: `scale · (byte - zeros[channel])`.
struct ByteInput {
    let scale: Float
    let zeros: [Float]

    init(_ quantization: Quantization, channels: Int) {
        scale = quantization.scale
        zeros = Array(repeating: quantization.zero, count: channels)
    }

    /// The picture's own bytes; their scales are part of the weights.
    init(pixels normalization: InputNormalization) {
        scale = 1
        zeros = normalization.mean.map { $0 * 255 }
    }
}

extension PlanBuilder {
    /// What the bytes of every map stand for; nil for maps of floats and for the picture.
    static func quantizations(_ graph: Graph, _ calibration: Calibration, isFloat: (TensorID) -> Bool)
        throws(EngineError) -> [Quantization?]
    {
        var found: [Quantization?] = Array(repeating: nil, count: graph.shapes.count)
        for node in graph.nodes where !isFloat(node.output) {
            switch node.operation {
            case .maxPool, .resizeNearest, .squeezeExcite:
                found[node.output.index] = found[node.inputs[0].index]
            case .convolution, .add, .fuse:
                guard let range = calibration.ranges[node.name] else { throw .notCalibrated(node.name) }
                found[node.output.index] = Quantization(range)
            }
        }
        return found
    }

    func quantization(_ tensor: TensorID) -> Quantization { quantizations[tensor.index] ?? .none }

    /// - Parameters:
    ///   - output: where the result goes: the node's own output, or that of the residual after it.
    ///   - residual: the other summand.
    mutating func byteResult(_ node: Node, output: TensorID, residual: TensorID? = nil) throws -> ByteResult {
        if storesFloat(output) {
            return ByteResult(
                quantization: .none, table: nil, residual: 0, residualZero: 0, isFloat: true)
        }
        let result = quantization(output)
        if let activation = node.operation.tableActivation {
            let name = node.name + Calibration.inputSuffix
            guard let range = calibration.ranges[name] else { throw EngineError.notCalibrated(name) }
            let linear = Quantization(range)
            return ByteResult(
                quantization: linear, table: storeBytes(linear.table(activation, to: result)), residual: 0,
                residualZero: 0, isFloat: false)
        }
        let other = residual.map { quantization($0) }
        return ByteResult(
            quantization: result, table: nil, residual: other.map { $0.scale / result.scale } ?? 0,
            residualZero: other?.zero ?? 0, isFloat: false)
    }

    /// What bytes are multiplied by in a fusion, and what is added to all.
    func byteFactors(_ factors: [Float], _ node: Node, _ result: ByteResult) -> [Float] {
        let inputs = node.inputs.map { quantization($0) }
        let scaled = zip(factors, inputs).map { $0 * $1.scale / result.quantization.scale }
        let below = zip(scaled, inputs).reduce(Float(0)) { $0 + $1.0 * $1.1.zero }
        return scaled + [result.quantization.zero - below]
    }

    mutating func storeBytes<Byte: BitwiseCopyable>(_ bytes: [Byte]) -> FloatStore {
        let store = FloatStore(count: (bytes.count + 3) / 4)
        bytes.withUnsafeBytes {
            UnsafeMutableRawPointer(store.base).copyMemory(
                from: $0.baseAddress ?? UnsafeRawPointer(store.base), byteCount: $0.count)
        }
        stores.append(store)
        return store
    }

    /// - Parameters:
    ///   - shape: `[out, in, kernel, kernel]`.
    ///   - isGated: the weights are scaled and made bytes anew for every picture.
    mutating func byteProduct(
        _ folded: FoldedConvolution, shape: [Int], activation: Activation, input: ByteInput,
        result: ByteResult, isGated: Bool = false
    ) -> Product {
        let (outputs, inputs, rows) = (shape[0], shape[1], shape[2])
        let taps = rows * shape[3]
        // Each line of taps is filled up to whole words with weights of zero.
        let depth = (inputs * shape[3] + 3) / 4 * 4
        let columns = (outputs + kernels.lanes - 1) / kernels.lanes * kernels.lanes
        var bias = folded.bias + Array(repeating: 0, count: columns - outputs)
        var product = Product(
            depth: depth * rows, width: outputs, panels: nil, floats: nil,
            kernel: ck_product(
                depth: depth, taps: rows, step: inputs, width: outputs, panels: nil, bias: nil,
                activation: activation.code, stores_float: result.isFloat ? 1 : 0, bytes: ck_bytes()),
            kernels: kernels, precision: .int8)
        if isGated {
            product.floats = store(
                folded.bytePanels(
                    shape: shape, set: kernels, rowDepth: depth, values: folded.weights))
            product.kernel.bias = UnsafePointer(store(bias).base)
            product.kernel.bytes = result.kernelBytes(multipliers: nil)
            product.gating = ck_gated(
                input_scale: input.scale, input_zero: input.zeros.first ?? 0,
                output_scale: result.quantization.scale, output_zero: result.offset)
            return product
        }
        let (bytes, scales) = folded.bytes()
        var multipliers = Array(repeating: Float(0), count: columns)
        for o in 0..<outputs {
            var zeros: Double = 0
            for c in 0..<inputs {
                for tap in 0..<taps {
                    zeros += Double(bytes[(o * inputs + c) * taps + tap]) * Double(input.zeros[c])
                }
            }
            (multipliers[o], bias[o]) = result.rescaling(
                scale: Double(input.scale) * Double(scales[o]), zeros: zeros, bias: bias[o])
        }
        product.panels = storeBytes(
            folded.bytePanels(shape: shape, set: kernels, rowDepth: depth, values: bytes))
        product.kernel.panels = product.panels.map { UnsafeRawPointer($0.base) }
        product.kernel.bias = UnsafePointer(store(bias).base)
        product.kernel.bytes = result.kernelBytes(multipliers: store(multipliers).base)
        return product
    }

    mutating func byteDepthwise(
        _ convolution: Convolution, _ node: Node, input: TensorShape, into geometry: inout ck_depthwise
    ) throws {
        let folded = try FoldedConvolution(convolution, from: provider)
        let result = try byteResult(node, output: node.output)
        let from = quantization(node.inputs[0])
        let (channels, kernel) = (input.channels, convolution.kernel)
        let (bytes, scales) = folded.bytes()
        let taps = kernel * kernel
        var plain = Array(repeating: Int8(0), count: bytes.count)
        var multipliers = Array(repeating: Float(0), count: channels)
        var bias = folded.bias
        for c in 0..<channels {
            var sum: Double = 0
            for tap in 0..<taps {
                plain[tap * channels + c] = bytes[c * taps + tap]
                sum += Double(bytes[c * taps + tap])
            }
            (multipliers[c], bias[c]) = result.rescaling(
                scale: Double(from.scale) * Double(scales[c]), zeros: sum * Double(from.zero), bias: bias[c])
        }
        let set = kernels.kernels
        let packed = FloatStore(count: (ck_packed_taps(set, kernel, channels) + 3) / 4)
        let packedTaps = UnsafeMutableRawPointer(packed.base).assumingMemoryBound(to: Int8.self)
        ck_pack_taps(set, plain, kernel, channels, packedTaps)
        let floats = [multipliers, bias].map { values in
            let packed = FloatStore(count: ck_packed_channels(set, channels))
            ck_pack_channels(set, values, channels, packed.base)
            return packed
        }
        stores += [packed] + floats
        let outside = storeBytes(
            Array(repeating: UInt8(from.zero), count: input.width * channels + FloatStore.slack))
        geometry.taps = UnsafePointer(packedTaps)
        geometry.bias = UnsafePointer(floats[1].base)
        geometry.bytes = result.kernelBytes(
            multipliers: floats[0].base,
            outside: UnsafeRawPointer(outside.base).assumingMemoryBound(to: UInt8.self))
    }
}

extension FoldedConvolution {
    /// The weights as signed bytes and what one step of each output's is worth.
    func bytes() -> (bytes: [Int8], scales: [Float]) {
        let perOutput = weights.count / max(bias.count, 1)
        var bytes = Array(repeating: Int8(0), count: weights.count)
        let scales = bias.indices.map { output in
            let range = output * perOutput..<(output + 1) * perOutput
            let scale = (weights[range].map(abs).max() ?? 0) / 127
            guard scale.isFinite, scale > 1e-30 else { return Float(0) }
            for i in range {
                bytes[i] = Int8(max(-127, min(127, (weights[i] / scale).rounded(.toNearestOrEven))))
            }
            return scale
        }
        return (bytes, scales)
    }

    /// Panels for products of four, `[panel][kernel row · rowDepth / 4][columns][4]`; `values` in the order
    /// of the weights.
    func bytePanels<Value: Numeric>(shape: [Int], set: KernelSet, rowDepth: Int, values: [Value]) -> [Value] {
        let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
        let depth = shape[2] * rowDepth
        var packed: [Value] = []
        for panel in 0..<set.panelCount(width: outputs) {
            let columns = set.panelColumns(width: outputs, panel: panel)
            let start = packed.count
            packed.append(contentsOf: repeatElement(.zero, count: depth * columns))
            for column in 0..<min(columns, outputs - panel * set.panelWidth) {
                let from = (panel * set.panelWidth + column) * inputs * taps
                for c in 0..<inputs {
                    for tap in 0..<taps {
                        let row = tap / shape[3] * rowDepth + tap % shape[3] * inputs + c
                        packed[start + (row / 4 * columns + column) * 4 + row % 4] =
                            values[from + c * taps + tap]
                    }
                }
            }
        }
        return packed
    }
}
