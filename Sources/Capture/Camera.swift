import Frames

/// A camera as `devices` lists it.
public struct Camera: Sendable, Hashable {
    /// `/dev/video0`.
    public var node: String
    /// The `/dev/v4l/by-id/…` name, which survives re-plugging; nil where there is none.
    public var stableName: String?
    /// The maker's name for it.
    public var card: String
    public var driver: String
    public var bus: String
}

/// Which cameras there are, and which one is meant.
struct CameraFinder: Sendable {
    var calls: CameraCalls

    /// Nodes that capture, and why others could not be asked.
    func cameras() -> (cameras: [Camera], refusals: [CaptureError]) {
        let stable = calls.stableNames()
        var cameras: [Camera] = []
        var refusals: [CaptureError] = []
        for node in calls.nodes() {
            do throws(CaptureError) {
                let about = try CameraDevice(path: node, calls: calls).capability()
                guard about.isCapture else { continue }
                cameras.append(
                    Camera(
                        node: node, stableName: stable.first { $0.node == node }?.name, card: about.card,
                        driver: about.driver, bus: about.bus))
            } catch .notACaptureDevice {
                continue
            } catch {
                refusals.append(error)
            }
        }
        return (cameras, refusals)
    }

    /// The camera that `query` means.
    func find(_ query: SourceSpec.CameraQuery) throws(CaptureError) -> Camera {
        switch query {
        case .first:
            let (cameras, refusals) = cameras()
            guard let first = cameras.first else { throw refusals.first ?? .noCamera }
            return first
        case .node(let path): return try find(node: path)
        case .matching(let text):
            let (cameras, refusals) = cameras()
            let wanted = text.lowercased()
            let matches = cameras.filter { camera in
                Self.contains(camera.card, wanted) || Self.contains(camera.stableName ?? "", wanted)
            }
            if matches.count > 1 {
                throw .ambiguousCamera(
                    Redaction.printable(text), matches: matches.map { "\($0.node) (\($0.card))" })
            }
            guard let match = matches.first else {
                if cameras.isEmpty, let refusal = refusals.first { throw refusal }
                throw .noSuchCamera(
                    Redaction.printable(text), present: cameras.map { "\($0.node) (\($0.card))" })
            }
            return match
        }
    }

    private func find(node path: String) throws(CaptureError) -> Camera {
        let stable = calls.stableNames()
        let link = stable.first { $0.name == path }
        let node = link?.node ?? path
        let about: CameraDevice.Capability
        do throws(CaptureError) {
            about = try CameraDevice(path: node, calls: calls).capability()
        } catch .noSuchCamera {
            let present = cameras().cameras.map(\.node)
            throw present.isEmpty ? .noCamera : .noSuchCamera(Redaction.printable(path), present: present)
        }
        guard about.isCapture else {
            let sibling = cameras().cameras.first { $0.bus == about.bus }
            throw .notACaptureDevice(Redaction.printable(path), use: sibling?.node)
        }
        return Camera(
            node: node, stableName: link?.name ?? stable.first { $0.node == node }?.name, card: about.card,
            driver: about.driver, bus: about.bus)
    }

    /// The same camera after it went away: by its stable name, else by what it calls itself at its place.
    func refind(_ camera: Camera) -> Camera? {
        let cameras = cameras().cameras
        if let name = camera.stableName { return cameras.first { $0.stableName == name } }
        return cameras.first { $0.card == camera.card && $0.bus == camera.bus }
            ?? cameras.first { $0.card == camera.card && $0.driver == camera.driver }
    }

    private static func contains(_ text: String, _ wanted: String) -> Bool {
        let text = Array(text.lowercased().utf8)
        let wanted = Array(wanted.utf8)
        guard wanted.count <= text.count else { return false }
        return (0...(text.count - wanted.count)).contains {
            text[$0..<($0 + wanted.count)].elementsEqual(wanted)
        }
    }
}

extension Capture {
    /// The cameras of this machine by rising node number, and why other nodes could not be asked.
    public static func cameras() -> (cameras: [Camera], refusals: [CaptureError]) {
        CameraFinder(calls: .system).cameras()
    }

    /// Every mode of `camera` in a layout that vedette reads.
    public static func modes(of camera: Camera) throws(CaptureError) -> [CameraMode] {
        try CameraDevice(path: camera.node, calls: .system).modes()
    }

    /// The mode that is taken unless the user says otherwise.
    public static func defaultMode(of modes: [CameraMode]) -> CameraMode? {
        CameraModeChoice.best(of: modes, size: nil, rate: nil)
    }
}
