import Frames
import JSON

extension JSONText {
    /// Seconds with 6 decimals; halves of a microsecond to even.
    mutating func seconds(_ time: Timestamp) {
        let (quotient, remainder) = time.nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let up = remainder > 500 || (remainder == 500 && quotient % 2 == 1)
        fixed(isNegative: time.nanoseconds < 0, units: UInt128(quotient + (up ? 1 : 0)), places: 6)
    }
}
