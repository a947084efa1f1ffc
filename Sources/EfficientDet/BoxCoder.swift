import Frames
import Glibc

extension Anchor {
    /// The box that `code` makes of the anchor; nil where the code is no number.
    public func box(_ code: BoxCode) -> NetworkBox? {
        // exp(20) anchors are wider than any picture: the clamp only keeps infinities out.
        let width = exp(min(code.tw, 20)) * self.width
        let height = exp(min(code.th, 20)) * self.height
        let x = code.tx * self.width + centreX
        let y = code.ty * self.height + centreY
        let box = NetworkBox(x1: x - width / 2, y1: y - height / 2, x2: x + width / 2, y2: y + height / 2)
        return (box.x1 + box.y1 + box.x2 + box.y2).isFinite ? box : nil
    }
}
