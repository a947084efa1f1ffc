/// Takes the wanted files out of a tar archive (POSIX ustar, GNU and pax long names), plain or in gzip, as
/// its bytes pass by: what is not wanted never fills the memory.
struct TarArchive {
    /// By name without folders.
    private(set) var files: [String: ByteReader] = [:]

    private let path: String
    private let isWanted: (String) -> Bool
    private var block: [UInt8] = []
    /// Bytes from the start, for errors.
    private var at = 0
    private var name = ""
    /// A long name that came as an entry of its own.
    private var longName: String?
    private var kind: UInt8 = 0
    private var data: [UInt8]?
    private var dataLeft = 0
    private var paddingLeft = 0

    private static let longestName = 4096

    static func isGzip(_ reader: ByteReader) -> Bool { reader.starts(with: [0x1F, 0x8B]) }

    static func isTar(_ reader: ByteReader) -> Bool { reader.starts(with: Array("ustar".utf8), at: 257) }

    /// The files of `reader`, an archive plain or in gzip, whose names `isWanted`.
    static func files(_ reader: ByteReader, where isWanted: @escaping (String) -> Bool) throws(WeightsError)
        -> [String: ByteReader]
    {
        var archive = TarArchive(path: reader.path, isWanted: isWanted)
        if isGzip(reader) {
            var budget = InflationBudget(fileSize: reader.count)
            try Inflater.inflate(reader, at: 0, count: reader.count, wrapper: .gzip, budget: &budget) {
                piece throws(WeightsError) in try archive.take(piece)
            }
        } else {
            var offset = 0
            while offset < reader.count {
                let piece = try reader.array(at: offset, count: min(1 << 18, reader.count - offset))
                try archive.take(piece[...])
                offset += piece.count
            }
        }
        guard archive.dataLeft == 0, archive.block.isEmpty else {
            throw archive.damaged("the archive ends within \(archive.name)")
        }
        return archive.files
    }

    private init(path: String, isWanted: @escaping (String) -> Bool) {
        self.path = path
        self.isWanted = isWanted
    }

    private func damaged(_ reason: String) -> WeightsError {
        .damaged(path: path, offset: at, reason: reason + " (offset in the unpacked archive)")
    }

    private mutating func take(_ piece: ArraySlice<UInt8>) throws(WeightsError) {
        var piece = piece
        while !piece.isEmpty {
            let count: Int
            if dataLeft > 0 {
                count = min(dataLeft, piece.count)
                data?.append(contentsOf: piece.prefix(count))
                dataLeft -= count
                if dataLeft == 0 { try finish() }
            } else if paddingLeft > 0 {
                count = min(paddingLeft, piece.count)
                paddingLeft -= count
            } else {
                count = min(512 - block.count, piece.count)
                block.append(contentsOf: piece.prefix(count))
                if block.count == 512 {
                    try header()
                    block = []
                }
            }
            at += count
            piece = piece.dropFirst(count)
        }
    }

    private mutating func header() throws(WeightsError) {
        // Blocks of zeros end the archive.
        if block.allSatisfy({ $0 == 0 }) { return }
        let sum = block.enumerated().reduce(0) { sum, byte in
            sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
        }
        guard let written = number(148..<156), written == sum, let size = number(124..<136) else {
            throw damaged("this is no header of a tar archive")
        }
        kind = block[156]
        let prefix = block[257..<262].elementsEqual("ustar".utf8) ? text(345..<500) : ""
        name = longName ?? (prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100))
        dataLeft = size
        paddingLeft = (512 - size % 512) % 512
        let base = name.split(separator: "/").last.map(String.init) ?? ""
        switch kind {
        case UInt8(ascii: "L"), UInt8(ascii: "x"):
            guard size <= Self.longestName * 4 else { throw damaged("a name of \(size) bytes") }
            data = []
        case 0, UInt8(ascii: "0"):
            longName = nil
            data = isWanted(base) ? [] : nil
        default:
            longName = nil
            data = nil
        }
        if size == 0 { try finish() }
    }

    /// The entry's data are complete.
    private mutating func finish() throws(WeightsError) {
        guard let bytes = data else { return }
        data = nil
        switch kind {
        case UInt8(ascii: "L"): longName = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "x"):
            // Records `LENGTH KEY=VALUE\n`.
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                if let mark = line.ranges(of: " path=").first { longName = String(line[mark.upperBound...]) }
            }
        default:
            let base = name.split(separator: "/").last.map(String.init) ?? name
            files[base] = ByteReader(name: "\(path) (\(base))", bytes: bytes)
        }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits, or GNU's binary form for sizes beyond 8 GiB.
    private func number(_ range: Range<Int>) -> Int? {
        if block[range.lowerBound] & 0x80 != 0 {
            var value = Int(block[range.lowerBound] & 0x7F)
            for byte in block[range].dropFirst() {
                guard value < 1 << 50 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = text(range).filter { $0 != " " }
        return digits.isEmpty ? 0 : Int(digits, radix: 8)
    }
}
