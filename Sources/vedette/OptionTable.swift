import Engine

private let running: Set<CommandName> = [.watch, .detect]
private let networks: Set<CommandName> = [.watch, .detect, .eval, .bench]
private let finding: Set<CommandName> = [.watch, .detect, .eval]
private let everywhere = Set(CommandName.allCases)

/// Every option of vedette.
enum OptionTable {
    static let all: [OptionSpecification] = [
        .init(
            "model", "m", .text("NAME|FILE"), networks.union([.parity]), .model,
            default: "efficientdet-lite0",
            "the shipped model, one of the store, or a weight file"),
        .init(
            "precision", nil, .choice(["auto"] + Precision.allCases.map(\.name)), networks.union([.parity]),
            .model,
            default: "fp32", "numbers of the network; auto: the fastest that costs hardly any accuracy"),
        .init(
            "labels", nil, .text("FILE"), finding.union([.models]), .model, default: "the model's",
            "one label a line", verbs: [.import, .pull]),
        .init(
            "name", nil, .text("N"), [.models], .model, default: "the file's; pull: the model's",
            "the name in the store", verbs: [.import, .pull]),
        .init(
            "as", nil, .text("MODEL"), [.models], .model, default: "what the file tells",
            "which EfficientDet the file holds", verbs: [.import, .pull]),
        .init(
            "sha256", nil, .text("HEX"), [.models], .model, default: "the published one",
            "digest (or its first digits) that the fetched file must have", verbs: [.pull]),
        .init(
            "fusion", nil, .choice(DesignPoint.fusions), [.bench, .models], .model, default: "the model's",
            "how maps are joined; random weights", verbs: [.info]),
        .init(
            "network", nil, .choice(DesignPoint.networks), [.bench, .models], .model, default: "bifpn",
            "which maps meet; random weights", verbs: [.info]),
        .init(
            "threads", nil, .integer(1...256), networks.union([.parity, .models]), .model,
            default: "cores at hand",
            "engine workers; the results are the same for any number", verbs: [.quantize]),
        .init(
            "score", nil, .number(0...1), finding, .detections, default: "0.4; eval: 0.01",
            "lowest score shown, logged and counted"),
        .init(
            "class", nil, .list("A,B"), running, .detections, default: "all",
            "only these labels or ids"),
        .init(
            "exclude", nil, .list("A,B"), running, .detections, default: "none",
            "not these labels or ids"),
        .init(
            "iou", nil, .number(0...1), finding, .detections, default: "0.5",
            "boxes of one class that overlap more are one"),
        .init(
            "nms", nil, .choice(["hard", "soft"]), finding, .detections, default: "hard",
            "drop overlapping boxes, or lower their scores"),
        .init(
            "agnostic-nms", nil, .flag, finding, .detections, default: "screen only",
            "one thing under one name in the log, too"),
        .init(
            "max-detections", nil, .integer(1...1000), finding, .detections, default: "100",
            "most boxes of a frame"),
        .init(
            "size", nil, .size, running, .source, default: "best",
            "camera's picture size"),
        .init(
            "rate", nil, .number(0.1...1000), running, .source, default: "best",
            "camera's frames per second"),
        .init("start", nil, .time, running, .source, default: "0", "where to begin in a file"),
        .init("duration", nil, .time, running, .source, "how long to look"),
        .init(
            "frames", nil, .integer(1...Int.max), running.union([.bench, .models]), .source,
            default: "all; models quantize: 200", "how many frames to look at", verbs: [.quantize]),
        .init(
            "stride", nil, .integer(1...1_000_000), running, .source, default: "1",
            "look at every Nth frame; the others count as skipped"),
        .init("realtime", nil, .flag, [.watch], .source, "keep a file's pace, dropping frames if need be"),
        .init("loop", nil, .flag, [.watch], .source, "start a file over at its end"),
        .init(
            "policy", nil, .choice(["auto", "latest", "every"]), running, .source, default: "auto",
            "newest frame or every frame; auto: newest for live sources"),
        .init(
            "log", "l", .text("FILE|-"), running, .log, default: "none; detect: -",
            "JSON Lines, one record a line"),
        .init("append", nil, .flag, running, .log, "go on in an existing log"),
        .init(
            "force", nil, .flag, finding.union([.models]), .log,
            "replace what exists: log, results, model", verbs: [.import, .pull, .quantize]),
        .init(
            "log-frames", nil, .logFrames, running, .log, default: "nonempty; detect: all",
            "which frames get a record"),
        .init(
            "reproducible", nil, .flag, [.detect], .log,
            "leave out what differs from run to run: times of day, milliseconds, the run's name"),
        .init("log-flush", nil, .time, running, .log, default: "1s", "longest time a record stays in memory"),
        .init(
            "picture", nil, .choice(["auto", "half", "ascii"]), [.watch], .screen, default: "auto",
            "half blocks, or an ASCII ramp"),
        .init(
            "colors", nil, .choice(["auto", "24bit", "256", "16", "8", "mono"]), [.watch], .screen,
            default: "auto", "colours of the terminal"),
        .init("ascii", nil, .flag, [.watch], .screen, "boxes and panel in 7-bit characters"),
        .init(
            "plain", nil, .flag, [.watch], .screen, default: "when stdout is no terminal",
            "lines instead of the screen"),
        .init(
            "screen-fps", nil, .integer(1...240), [.watch], .screen, default: "30",
            "most pictures a second"),
        .init("images", nil, .text("DIR"), [.eval], .measuring, "the pictures that the annotations name"),
        .init(
            "annotations", nil, .text("FILE"), [.eval], .measuring, "boxes that people drew, in COCO's format"
        ),
        .init(
            "results", nil, .text("FILE"), [.eval], .measuring,
            "write what was found, in COCO's results format"),
        .init("runs", nil, .integer(1...100_000), [.bench], .measuring, default: "30", "timed runs"),
        .init(
            "mode", nil, .choice(BenchCommand.Mode.allCases.map(\.rawValue)), [.bench], .measuring,
            default: "latency", "all workers on one frame, or each worker on a frame of its own"),
        .init(
            "ablation", nil, .flag, [.bench], .measuring,
            "the paper's design points side by side, random weights"),
        .init(
            "select", nil, .flag, [.bench], .measuring,
            "keep only class logits above the threshold, as in use; else all are stored"),
        .init(
            "steps", nil, .flag, [.bench], .measuring,
            "time, work, traffic and share of the peak of every step"),
        .init(
            "kernels", nil, .flag, [.bench], .measuring, "every kernel alone; VEDETTE_KERNELS picks the set"),
        .init(
            "calibrate", nil, .text("SOURCE"), [.models], .measuring,
            "folder, video or picture to look at: what the model is for", verbs: [.quantize]),
        .init(
            "output", "o", .text("FILE"), [.models], .measuring, default: "NAME-int8.safetensors",
            "where the copy goes", verbs: [.quantize]),
        .init("weights", nil, .text("FILE"), [.parity], .measuring, "the weights that belong to GOLDEN"),
        .init(
            "json", nil, .flag, [.watch, .eval, .bench, .parity, .models], .general,
            "machine-readable output; in plain watch: counts", verbs: [.list, .info]),
        .init("quiet", "q", .flag, everywhere, .general, "nothing but errors"),
        .init("verbose", "v", .flag, everywhere, .general, "more notes; twice: FFmpeg's, too"),
        .init("version", nil, .flag, everywhere, .general, "print the version"),
        .init("help", "h", .flag, everywhere, .general, "print this help"),
    ]

    static func options(of command: CommandName) -> [OptionSpecification] {
        all.filter { $0.commands.contains(command) }
    }
}

extension CommandName {
    /// Arguments as the usage line shows them.
    var arguments: String {
        switch self {
        case .watch: "[SOURCE]"
        case .detect: "INPUT…"
        case .bench, .eval: ""
        case .parity: "GOLDEN"
        case .models: "VERB"
        case .help: "[COMMAND]"
        }
    }

    var summary: String {
        switch self {
        case .watch: "shows a camera, video or stream in the terminal with what is found in it"
        case .detect: "looks through files, folders and streams and writes a log"
        case .eval: "measures accuracy on pictures whose boxes are known"
        case .bench: "measures the engine"
        case .parity: "compares the network with reference tensors"
        case .models: "shows networks and their weights, fetches and imports more"
        case .help: "prints the help of a command"
        }
    }
}
