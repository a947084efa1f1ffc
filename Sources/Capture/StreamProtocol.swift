/// Which of FFmpeg's protocols a kind of source may open, so that a playlist from the network cannot
/// read local files and a file cannot call out to the network.
enum StreamProtocol {
    /// FFmpeg's `protocol_whitelist` for URLs of `scheme`; nil for a scheme that is not supported.
    static func whitelist(for scheme: String) -> String? {
        switch scheme {
        case "rtsp", "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls"
        case "rtmp", "rtmps", "rtmpt": "rtmp,rtmps,rtmpt,ffrtmphttp,http,tcp,tls"
        case "srt": "srt"
        case "udp": "udp"
        case "rtp": "rtp,udp"
        case "http", "https": "http,https,httpproxy,tcp,tls,crypto"
        default: nil
        }
    }

    static let file = "file"
}
