import Graph

/// Networks of a few nodes and odd sizes that hold every operation and every chain that a plan may fuse.
struct SmallNetworks {
    private var graph: Graph
    private let activation: Activation
    private let excites: Bool

    /// - Parameter excites: squeeze-and-excite in the blocks.
    static func detector(height: Int, width: Int, activation: Activation, excites: Bool, fusion: Fusion.Mode)
        -> Graph
    {
        var builder = SmallNetworks(
            graph: Graph(input: TensorShape(height: height, width: width, channels: 3)),
            activation: activation, excites: excites)
        builder.build(fusion)
        return builder.graph
    }

    /// A searched output, `found`, and beside it two that are made by every operation there is: `long`, whose
    /// way begins at a finer map, and `short`, of which another output, `apart`, reads a part.
    static func branches(height: Int, width: Int) -> Graph {
        var builder = SmallNetworks(
            graph: Graph(input: TensorShape(height: height, width: width, channels: 3)),
            activation: .swish, excites: true)
        builder.buildBranches()
        return builder.graph
    }

    private mutating func buildBranches() {
        let fine = convolution(Graph.inputTensor, 16, kernel: 3, stride: 2, activation, "stem")
        let map = block(fine, 20, kernel: 3, stride: 2, expansion: 2, "coarse")
        var x = depthwise(map, kernel: 3, stride: 1, .none, "found.dw")
        output("found", convolution(x, 7, kernel: 1, stride: 1, .none, "found.pw"))

        x = convolution(fine, 16, kernel: 1, stride: 1, activation, "long.pw0")
        x = convolution(
            depthwise(x, kernel: 5, stride: 2, activation, "long.dw0"), 20, kernel: 1, stride: 1, .none,
            "long.pw1")
        x = graph.append(.add, on: [x, map], name: "long.add", part: .boxHead)
        let small = resize(pool(x, "long.pool"), like: x, "long.resize")
        x = node([small, x], .fast, "long.node")
        x = convolution(x, 12, kernel: 3, stride: 1, activation, "long.dense")
        x = block(x, 12, kernel: 3, stride: 1, expansion: 6, "long.block")
        x = depthwise(x, kernel: 3, stride: 1, .none, "long.dw1")
        output("long", convolution(x, 9, kernel: 1, stride: 1, .none, "long.out"))

        let shared = convolution(map, 20, kernel: 1, stride: 1, activation, "short.shared")
        x = depthwise(shared, kernel: 3, stride: 1, .none, "short.dw")
        output("short", convolution(x, 5, kernel: 1, stride: 1, .none, "short.out"))
        x = depthwise(shared, kernel: 3, stride: 1, .none, "apart.dw")
        output("apart", convolution(x, 5, kernel: 1, stride: 1, .none, "apart.out"))
    }

    private mutating func output(_ name: String, _ tensor: TensorID) {
        tap(name, tensor)
        graph.outputs.append(name)
    }

    private mutating func build(_ fusion: Fusion.Mode) {
        var x = convolution(Graph.inputTensor, 16, kernel: 3, stride: 2, activation, "stem")
        x = block(x, 16, kernel: 3, stride: 1, expansion: 1, "b0")
        x = block(x, 24, kernel: 3, stride: 2, expansion: 6, "b1")
        x = block(x, 24, kernel: 5, stride: 1, expansion: 6, "b2")
        let fine = tap("fine", x)
        x = block(x, 40, kernel: 5, stride: 2, expansion: 3, "b3")
        let middle = tap("middle", block(x, 40, kernel: 3, stride: 1, expansion: 3, "b4"))
        // A pyramid of three levels, once down and once up.
        let levels = [project(fine, "p0"), project(middle, "p1"), pool(project(middle, "p2"), "pool")]
        let one = node([levels[1], resize(levels[2], like: levels[1], "up1")], fusion, "n1")
        let zero = node([levels[0], resize(one, like: levels[0], "up0")], fusion, "n0")
        let again = node([levels[1], one, pool(zero, "down1")], fusion, "n2")
        let top = node([levels[2], pool(again, "down2")], fusion, "n3")
        for (level, map) in [zero, again, top].enumerated() {
            tap("node.\(level)", map)
            for (head, outputs) in [("class", 37), ("box", 36)] {
                var y = map
                for layer in 0..<2 {
                    y = depthwise(y, kernel: 3, stride: 1, .none, "\(head).\(level).dw\(layer)")
                    y = convolution(y, 20, kernel: 1, stride: 1, activation, "\(head).\(level).pw\(layer)")
                }
                y = depthwise(y, kernel: 3, stride: 1, .none, "\(head).\(level).last")
                y = convolution(y, outputs, kernel: 1, stride: 1, .none, "\(head).\(level).out")
                tap("\(head).\(level)", y)
                graph.outputs.append("\(head).\(level)")
            }
        }
    }

    private mutating func block(
        _ input: TensorID, _ outputs: Int, kernel: Int, stride: Int, expansion: Int, _ name: String
    ) -> TensorID {
        let inner = channels(input) * expansion
        var x = input
        if expansion > 1 { x = convolution(x, inner, kernel: 1, stride: 1, activation, "\(name).expand") }
        x = depthwise(x, kernel: kernel, stride: stride, activation, "\(name).dw")
        if excites {
            let gate = SqueezeExcite(
                reduceWeight: Parameter("\(name).reduce", [5, inner, 1, 1]),
                reduceBias: Parameter("\(name).reduce.b", [5]),
                expandWeight: Parameter("\(name).excite", [inner, 5, 1, 1]),
                expandBias: Parameter("\(name).excite.b", [inner]), activation: activation)
            x = graph.append(.squeezeExcite(gate), on: [x], name: "\(name).se", part: .backbone)
        }
        x = convolution(x, outputs, kernel: 1, stride: 1, .none, "\(name).project")
        guard stride == 1, channels(input) == outputs else { return x }
        return graph.append(.add, on: [x, input], name: "\(name).add", part: .backbone)
    }

    private mutating func node(_ inputs: [TensorID], _ mode: Fusion.Mode, _ name: String) -> TensorID {
        let weights = mode == .sum ? nil : Parameter("\(name).edge_weights", [inputs.count])
        var x = graph.append(
            .fuse(Fusion(mode: mode, weights: weights, activation: activation)), on: inputs,
            name: "\(name).fuse", part: .featureNetwork)
        x = depthwise(x, kernel: 3, stride: 1, .none, "\(name).dw")
        return convolution(x, 20, kernel: 1, stride: 1, .none, "\(name).pw")
    }

    private mutating func project(_ input: TensorID, _ name: String) -> TensorID {
        convolution(input, 20, kernel: 1, stride: 1, .none, name)
    }

    private mutating func pool(_ input: TensorID, _ name: String) -> TensorID {
        let shape = graph.shape(of: input)
        let pool = MaxPool(
            height: (shape.height + 1) / 2, width: (shape.width + 1) / 2, strideY: shape.height > 1 ? 2 : 1,
            strideX: shape.width > 1 ? 2 : 1)
        return graph.append(.maxPool(pool), on: [input], name: name, part: .featureNetwork)
    }

    private mutating func resize(_ input: TensorID, like other: TensorID, _ name: String) -> TensorID {
        let shape = graph.shape(of: other)
        return graph.append(
            .resizeNearest(height: shape.height, width: shape.width), on: [input], name: name,
            part: .featureNetwork)
    }

    private mutating func convolution(
        _ input: TensorID, _ outputs: Int, kernel: Int, stride: Int, _ activation: Activation, _ name: String
    ) -> TensorID {
        let convolution = Convolution(
            weight: Parameter("\(name).w", [outputs, channels(input), kernel, kernel]),
            bias: Parameter("\(name).b", [outputs]),
            norm: BatchNorm(prefix: "\(name).bn", channels: outputs, epsilon: 1e-3), isDepthwise: false,
            kernel: kernel, stride: stride, activation: activation)
        return graph.append(.convolution(convolution), on: [input], name: name, part: .backbone)
    }

    private mutating func depthwise(
        _ input: TensorID, kernel: Int, stride: Int, _ activation: Activation, _ name: String
    ) -> TensorID {
        let convolution = Convolution(
            weight: Parameter("\(name).w", [channels(input), 1, kernel, kernel]), isDepthwise: true,
            kernel: kernel, stride: stride, activation: activation)
        return graph.append(.convolution(convolution), on: [input], name: name, part: .backbone)
    }

    private func channels(_ tensor: TensorID) -> Int { graph.shape(of: tensor).channels }

    @discardableResult
    private mutating func tap(_ name: String, _ tensor: TensorID) -> TensorID {
        graph.taps.append(Tap(name: name, tensor: tensor))
        return tensor
    }
}
