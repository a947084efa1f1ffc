import Glibc
import Graph

/// What the paper scales (section 4): all of it together, or one dimension alone as in its figure 6.
public enum ScalingDimension: String, Sendable, CaseIterable {
    /// Side of the input.
    case input
    case backbone
    /// Channels of the feature network and the heads.
    case width
    /// Cells of the feature network.
    case depth
    /// Repeats in the heads.
    case head
}

extension Configuration {
    /// The compound coefficients that can be built.
    public static let coefficients = 0.0...10.0

    /// EfficientDet by the paper's formulas for any coefficient φ, whole or not: BiFPN width 64 · 1.35^φ
    /// (to the nearest multiple of 8) and depth 3 + φ, head depth 3 + ⌊φ / 3⌋, input 512 + 128 φ (to the
    /// nearest multiple of 128, which seven halvings want), EfficientNet-Bφ (B7 from φ = 7 on). The models
    /// that the authors trained depart from it: see `family`.
    /// - Precondition: φ is one of `coefficients`.
    public init(compound phi: Double) {
        self = Self.scaled(phi, ScalingDimension.allCases)
        name = "efficientdet-phi=\(Self.short(phi))"
    }

    /// D0 with one dimension alone scaled by φ.
    /// - Precondition: φ is one of `coefficients`.
    public init(scaling dimension: ScalingDimension, alone phi: Double) {
        self = Self.scaled(phi, [dimension])
        name = "efficientdet-\(dimension.rawValue)=\(Self.short(phi))"
    }

    private static func scaled(_ phi: Double, _ dimensions: [ScalingDimension]) -> Configuration {
        precondition(coefficients.contains(phi), "the coefficient is not one of \(coefficients)")
        var result = family[0]
        for dimension in dimensions {
            switch dimension {
            case .input:
                let side = multiple(of: 128, 512 + 128 * phi)
                (result.inputHeight, result.inputWidth) = (side, side)
            case .backbone: result.backbone = .b(phi)
            case .width: result.width = multiple(of: 8, 64 * pow(1.35, phi))
            case .depth: result.depth = 3 + Int(phi.rounded())
            case .head: result.headDepth = 3 + Int(phi / 3)
            }
        }
        return result
    }

    private static func multiple(of step: Int, _ value: Double) -> Int {
        Int((value / Double(step)).rounded()) * step
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }

    /// `phi=1.5`, or `width=2` for one dimension alone; nil for anything else.
    static func scaled(named word: String) -> Configuration? {
        let parts = word.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let phi = Double(parts[1]), coefficients.contains(phi) else { return nil }
        if parts[0] == "phi" { return Configuration(compound: phi) }
        return ScalingDimension(rawValue: String(parts[0])).map { Configuration(scaling: $0, alone: phi) }
    }
}
