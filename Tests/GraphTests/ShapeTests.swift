import Graph
import Testing

private func convolution(kernel: Int, stride: Int, padding: Padding, isDepthwise: Bool = false) -> Operation {
    .convolution(
        Convolution(
            weight: Parameter("w", isDepthwise ? [4, 1, kernel, kernel] : [7, 4, kernel, kernel]),
            isDepthwise: isDepthwise, kernel: kernel, stride: stride, padding: padding))
}

private func shape(_ operation: Operation, on inputs: TensorShape...) -> TensorShape {
    var graph = Graph(input: inputs[0])
    let tensors = inputs.map { _ in Graph.inputTensor }
    let output = graph.append(operation, on: tensors, name: "n", part: .backbone)
    return graph.shape(of: output)
}

/// Shapes and paddings that TensorFlow's and PyTorch's rules give.
struct ShapeTests {
    @Test(arguments: [
        // size, kernel, stride, before, after, output
        (512, 3, 2, 0, 1, 256), (5, 3, 2, 1, 1, 3), (6, 5, 2, 1, 2, 3), (7, 5, 2, 2, 2, 4),
        (10, 3, 1, 1, 1, 10), (10, 5, 1, 2, 2, 10), (1, 3, 2, 1, 1, 1), (1, 5, 2, 2, 2, 1),
        (9, 1, 2, 0, 0, 5),
        (2, 3, 2, 0, 1, 1),
    ])
    func samePaddingPutsTheOddRowLast(
        size: Int, kernel: Int, stride: Int, before: Int, after: Int, output: Int
    ) {
        let found = Padding.same.resolve(input: size, kernel: kernel, stride: stride)
        #expect(found == (before, after, output))
    }

    @Test(arguments: [
        (512, 3, 2, 1, 256), (5, 3, 2, 1, 3), (6, 5, 2, 2, 3), (10, 3, 1, 1, 10), (9, 1, 1, 0, 9),
    ])
    func symmetricPaddingIsTheSameOnBothSides(size: Int, kernel: Int, stride: Int, side: Int, output: Int) {
        let found = Padding.symmetric.resolve(input: size, kernel: kernel, stride: stride)
        #expect(found == (side, side, output))
    }

    @Test func convolutionsHaveTheirOutputsAndDepthwiseKeepsTheChannels() {
        let input = TensorShape(height: 9, width: 12, channels: 4)
        #expect(
            shape(convolution(kernel: 3, stride: 2, padding: .same), on: input)
                == TensorShape(height: 5, width: 6, channels: 7))
        #expect(
            shape(convolution(kernel: 5, stride: 1, padding: .symmetric, isDepthwise: true), on: input)
                == input)
    }

    @Test func resamplingHasExactlyTheSizeThatIsAskedFor() {
        let input = TensorShape(height: 3, width: 5, channels: 4)
        #expect(
            shape(.resizeNearest(height: 5, width: 10), on: input)
                == TensorShape(height: 5, width: 10, channels: 4))
        #expect(
            shape(.maxPool(MaxPool(height: 2, width: 5, strideY: 2, strideX: 1)), on: input)
                == TensorShape(height: 2, width: 5, channels: 4))
    }

    @Test func aPoolOfStrideOneLooksAtOnePixel() {
        let pool = MaxPool(height: 1, width: 4, strideY: 1, strideX: 2)
        #expect((pool.kernelY, pool.kernelX) == (1, 3))
    }

    @Test func elementwiseOperationsKeepTheShape() {
        let input = TensorShape(height: 3, width: 5, channels: 4)
        #expect(shape(.add, on: input, input) == input)
        #expect(
            shape(.fuse(Fusion(mode: .sum, weights: nil, activation: .none)), on: input, input, input)
                == input)
    }
}
