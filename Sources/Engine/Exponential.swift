import Glibc

/// `e` to the `x`.
func exponential(_ x: Double) -> Double { exp(x) }
