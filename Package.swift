// swift-tools-version: 6.2
import PackageDescription

/// Every module: no warning survives.
let checked: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Modules that hold no unsafe code at all; the compiler keeps the rule.
let safe: [SwiftSetting] = checked + [.strictMemorySafety()]
let kernels: [CSetting] = [
    .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
    .unsafeFlags(["-O2"], .when(configuration: .debug)),
    .unsafeFlags(["-O3"], .when(configuration: .release)),
]

let package = Package(
    name: "vedette",
    targets: [
        // Floor 0: C.
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libswscale libavutil",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev"])]),
        .systemLibrary(name: "CV4L2", pkgConfig: "libv4l2", providers: [.apt(["libv4l-dev"])]),
        // ncursesw's .pc holds a flag that SwiftPM refuses; its module map links instead.
        .systemLibrary(name: "CNcurses"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: kernels),
        // libcurl is opened at run time; only its headers are needed here.
        .target(name: "CCurl", cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "Checksums", swiftSettings: safe),
        // The default weights, embedded in the binary.
        .target(name: "CAssets", cSettings: [.treatAllWarnings(as: .error)]),

        // Floor 1: what flows, networks as data, weight files.
        .target(name: "Frames", swiftSettings: safe),
        .target(name: "Graph", swiftSettings: safe),
        .target(name: "JSON", swiftSettings: safe),
        .target(
            name: "Weights", dependencies: ["CAssets", "Checksums", "CZlib", "JSON"], swiftSettings: checked),
        .target(name: "Transfer", dependencies: ["CCurl", "Checksums"], swiftSettings: checked),

        // Floor 2: the model, the engine, the sources.
        .target(name: "EfficientDet", dependencies: ["Frames", "Graph"], swiftSettings: safe),
        .target(
            name: "Engine", dependencies: ["CKernels", "Frames", "Graph", "Weights"],
            swiftSettings: checked),
        .target(
            name: "Capture", dependencies: ["Frames", "CFFmpeg", "CV4L2"], swiftSettings: checked),

        // Floor 3: frame in, detections out; the log.
        .target(
            name: "Detector", dependencies: ["Frames", "Graph", "JSON", "Weights", "EfficientDet", "Engine"],
            swiftSettings: safe),
        .target(name: "Logs", dependencies: ["Checksums", "Frames", "JSON"], swiftSettings: checked),

        // Floor 4: queues and clocks; accuracy; the user's models.
        .target(name: "Pipeline", dependencies: ["Frames", "Logs"], swiftSettings: safe),
        .target(
            name: "Models",
            dependencies: [
                "Checksums", "Detector", "EfficientDet", "Engine", "Graph", "Transfer", "Weights",
            ],
            swiftSettings: safe),
        .target(name: "Evaluation", dependencies: ["Frames", "JSON", "Logs"], swiftSettings: safe),

        // Floor 5: the terminal.
        .target(
            name: "Screen", dependencies: ["Frames", "JSON", "Pipeline", "CNcurses"], swiftSettings: checked),

        // Floor 6: the command line.
        .executableTarget(
            name: "vedette",
            dependencies: [
                "Frames", "Graph", "JSON", "Weights", "EfficientDet", "Engine", "Capture",
                "Detector", "Logs",
                "Models", "Pipeline", "Evaluation", "Screen", "Transfer",
            ],
            swiftSettings: safe),

        .testTarget(name: "ArchitectureTests", swiftSettings: checked),
        .testTarget(name: "ChecksumsTests", dependencies: ["Checksums"], swiftSettings: checked),
        .testTarget(name: "FramesTests", dependencies: ["Frames"], swiftSettings: checked),
        .testTarget(name: "GraphTests", dependencies: ["Graph"], swiftSettings: checked),
        .testTarget(name: "WeightsTests", dependencies: ["Weights"], swiftSettings: checked),
        .testTarget(
            name: "EfficientDetTests", dependencies: ["EfficientDet", "Frames", "Graph"],
            swiftSettings: checked),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .testTarget(
            name: "EngineTests",
            dependencies: ["Engine", "CKernels", "CAllocationCount", "Frames", "Graph", "Weights"],
            swiftSettings: checked),
        .testTarget(
            name: "CaptureTests", dependencies: ["Capture", "CV4L2", "Frames"], swiftSettings: checked),
        .testTarget(
            name: "DetectorTests",
            dependencies: ["Detector", "EfficientDet", "Engine", "Frames", "Graph", "Weights"],
            swiftSettings: checked),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: checked),
        .testTarget(
            name: "LogsTests", dependencies: ["Checksums", "Logs", "Frames", "JSON"], swiftSettings: checked),
        .testTarget(
            name: "PipelineTests", dependencies: ["Pipeline", "Logs", "Frames"], swiftSettings: checked),
        .target(name: "TestServer", path: "Tests/TestServer", swiftSettings: checked),
        .testTarget(
            name: "ModelsTests",
            dependencies: ["Models", "Detector", "EfficientDet", "TestServer", "Transfer", "Weights"],
            swiftSettings: checked),
        .testTarget(
            name: "TransferTests", dependencies: ["Transfer", "Checksums", "TestServer"],
            swiftSettings: checked),
        .testTarget(
            name: "EvaluationTests", dependencies: ["Evaluation", "Frames", "JSON", "Logs"],
            swiftSettings: checked),
        // A screen with made-up frames, for the tests that look at it in a terminal.
        .executableTarget(
            name: "ScreenStage", dependencies: ["Screen", "Pipeline", "Frames"], path: "Tests/ScreenStage",
            swiftSettings: checked),
        .testTarget(
            name: "ScreenTests", dependencies: ["Screen", "ScreenStage", "Pipeline", "Frames"],
            swiftSettings: checked),
        .testTarget(name: "CommandTests", dependencies: ["vedette", "JSON"], swiftSettings: checked),
    ],
    swiftLanguageModes: [.v6], cLanguageStandard: .c2x)
