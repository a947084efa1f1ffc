import EfficientDet

/// Weights that others published. The project ships none of them.
public struct PublicModel: Sendable, Hashable {
    /// What the user types: `d0`, `lite2`, `d3-ap`, `automl-d0`, `zylo-d0`, `tflite-lite0`.
    public let name: String
    /// The model as `Configuration.named` knows it.
    public let model: String
    public let url: String
    /// The SHA-256's first digits, where they were published (in effdet's file names).
    public let digest: String?
    /// About how many bytes; nil where unknown.
    public let size: Int?
    public let licence: String
    public let origin: String

    /// All of them, in the order in which they are listed.
    public static let all = effdet + automl + zylo + tflite

    /// The one that `word` names: its own name, or the model's in any spelling, which means effdet's file.
    public static func named(_ word: String) -> PublicModel? {
        if let exact = all.first(where: { $0.name == word.lowercased() }) { return exact }
        guard let model = Configuration.named(word)?.name else { return nil }
        return effdet.first { Configuration.named($0.model)?.name == model }
    }

    /// Under this name the store keeps it: `efficientdet-d0`, `efficientdet-d0-automl`.
    public var storeName: String {
        let canonical = Configuration.named(model)?.name ?? model
        let maker = name.split(separator: "-").first.map(String.init) ?? ""
        return ["automl", "zylo", "tflite", "mediapipe"].contains(maker) ? "\(canonical)-\(maker)" : canonical
    }

    // MARK: effdet

    private static let effdet: [PublicModel] = [
        e("d0", "tf_efficientdet_d0_34-f153e0cf"), e("d1", "tf_efficientdet_d1_40-a30f94af"),
        e("d2", "tf_efficientdet_d2_43-8107aa99"), e("d3", "tf_efficientdet_d3_47-0b525f35"),
        e("d4", "tf_efficientdet_d4_49-f56376d9"), e("d5", "tf_efficientdet_d5_51-c79f9be6"),
        e("d6", "tf_efficientdet_d6_52-4eda3773"), e("d7", "tf_efficientdet_d7_53-6d1d7a95"),
        e("d7x", "tf_efficientdet_d7x-f390b87c"),
        e("d0-ap", "tf_efficientdet_d0_ap-d0cdbd0a"), e("d1-ap", "tf_efficientdet_d1_ap-7721d075"),
        e("d2-ap", "tf_efficientdet_d2_ap-a2995c19"), e("d3-ap", "tf_efficientdet_d3_ap-e4a2feab"),
        e("d4-ap", "tf_efficientdet_d4_ap-f601a5fc"), e("d5-ap", "tf_efficientdet_d5_ap-3673ae5d"),
        e("lite0", "tf_efficientdet_lite0-dfacfc78"), e("lite1", "tf_efficientdet_lite1-6dc7ab30"),
        e("lite2", "tf_efficientdet_lite2-86c5d55b"), e("lite3", "tf_efficientdet_lite3-506852cb"),
        e("lite3x", "tf_efficientdet_lite3x-8404c57b"), e("lite4", "tf_efficientdet_lite4-391ddabc"),
    ]

    /// The eight digits at the end of the file's name are the start of its SHA-256.
    private static func e(_ name: String, _ file: String) -> PublicModel {
        PublicModel(
            name: name, model: name,
            url: "https://github.com/rwightman/efficientdet-pytorch/releases/download/v0.1/\(file).pth",
            digest: String(file.suffix(8)), size: payload(name), licence: "Apache-2.0",
            origin: "effdet (Ross Wightman)")
    }

    /// Bytes of the tensors; the file adds a few kilobytes.
    private static func payload(_ name: String) -> Int? {
        let numbers = [
            "d0": 3_927_203, "d1": 6_697_354, "d2": 8_178_815, "d3": 12_146_600, "d4": 20_890_987,
            "d5": 33_880_707, "d6": 52_183_766, "d7": 52_183_766, "d7x": 77_564_894, "lite0": 3_290_606,
            "lite1": 4_311_390, "lite2": 5_324_894, "lite3": 8_455_054, "lite3x": 9_392_574,
            "lite4": 15_286_398,
        ]
        let base = name.hasSuffix("-ap") ? String(name.dropLast(3)) : name
        return numbers[base].map { $0 * 4 }
    }

    // MARK: The authors

    private static let automl: [PublicModel] =
        ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d7x"].map {
            a($0, "coco2/efficientdet-\($0).tar.gz")
        }
        + ["lite0", "lite1", "lite2", "lite3", "lite3x", "lite4"].map {
            a($0, "coco/efficientdet-\($0).tgz")
        }
        + ["d0", "d1", "d2", "d3", "d4", "d5"].map {
            a("\($0)-ap", "advprop/efficientdet-\($0).tar.gz")
        }

    private static func a(_ model: String, _ path: String) -> PublicModel {
        PublicModel(
            name: "automl-\(model)", model: model,
            url: "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientdet/\(path)",
            digest: nil, size: nil, licence: "Apache-2.0",
            origin: "google/automl (the authors)")
    }

    // MARK: Others

    private static let zylo: [PublicModel] = [
        z("d0", "1.0/efficientdet-d0"), z("d1", "1.0/efficientdet-d1"), z("d2", "1.0/efficientdet-d2"),
        z("d3", "1.0/efficientdet-d3"), z("d4", "1.0/efficientdet-d4"), z("d5", "1.0/efficientdet-d5"),
        z("d6", "1.0/efficientdet-d6"), z("d7", "1.2/efficientdet-d7"), z("d7x", "1.2/efficientdet-d8"),
    ]

    private static func z(_ model: String, _ path: String) -> PublicModel {
        PublicModel(
            name: "zylo-\(model)", model: model,
            url: "https://github.com/zylo117/Yet-Another-Efficient-Pytorch/releases/download/\(path).pth",
            digest: nil, size: nil, licence: "LGPL-3.0", origin: "zylo117")
    }

    private static let tflite: [PublicModel] =
        [0, 1, 2, 3, 4].map { index in
            PublicModel(
                name: "tflite-lite\(index)", model: "lite\(index)",
                url: "https://tfhub.dev/tensorflow/lite-model/efficientdet/lite\(index)/detection/metadata/1"
                    + "?lite-format=tflite",
                digest: nil, size: [4_563_519, 6_077_535, 7_557_887, nil, nil][index], licence: "Apache-2.0",
                origin: "TensorFlow Hub, 8-bit")
        }
        + [0, 2].map { index in
            PublicModel(
                name: "mediapipe-lite\(index)", model: "lite\(index)",
                url: "https://storage.googleapis.com/mediapipe-models/object_detector/"
                    + "efficientdet_lite\(index)/float32/1/efficientdet_lite\(index).tflite",
                digest: nil, size: nil, licence: "Apache-2.0", origin: "MediaPipe, 32-bit")
        }
}
